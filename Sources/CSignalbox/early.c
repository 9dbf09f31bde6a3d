#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

/* The Swift runtime reads its settings while it is loaded. Linked into the program, as in a release build, it is loaded
   after this; after a crash its backtracer would otherwise wait for a key in a terminal that was just given back. A runtime
   in a library of its own has read them already, and the program starts itself anew instead. */

extern void swift_retain(void);

__attribute__((constructor(101))) static void quiet_backtraces(void) {
  Dl_info program, runtime;
  if (!isatty(1) || getenv("SWIFT_BACKTRACE")) return;
  if (!dladdr((void *)quiet_backtraces, &program) || !dladdr((void *)swift_retain, &runtime)) return;
  if (program.dli_fbase == runtime.dli_fbase) setenv("SWIFT_BACKTRACE", "interactive=no,color=no", 1);
}
