#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "system.h"

#include <sys/eventfd.h>

int signalbox_eventfd(void) {
  return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int signalbox_eventfd_signal(int descriptor) {
  return eventfd_write(descriptor, 1);
}
