import Testing

@testable import Workspaces

/// An agent plants settings that plain git obeys; every marker would be written by something the engine ran or obeyed.
@Suite("Hostile repository")
struct HostileRepositoryTests {
  let temporary: TemporaryFolder
  let workspace: GitWorkspace

  init() async throws {
    temporary = try TemporaryFolder()
    workspace = try await temporary.open()
  }

  func plant() async throws {
    try await shell(
      """
      set -e
      M=\(temporary.path)/markers; mkdir -p $M
      printf '#!/bin/sh\\ntouch %s/"$(basename $0)-$$"\\ncat\\n' $M > ../tool; chmod +x ../tool; cp ../tool $M/../evil
      evil=\(temporary.path)/evil
      git init -q . ; git init -q nested
      for d in . nested; do
        cat >> $d/.git/config <<END
      [core]
        fsmonitor = $evil
        hooksPath = $M/../hooks
        pager = $evil
        editor = $evil
        sshCommand = $evil
      [diff]
        external = $evil
      [filter "bad"]
        clean = $evil
        smudge = $evil
        process = $evil
        required = true
      [gpg]
        program = $evil
      [commit]
        gpgSign = true
      [include]
        path = $M/../included
      END
        printf '* text eol=crlf ident filter=bad diff=bad merge=bad working-tree-encoding=UTF-16 export-subst\\n*.txt export-ignore\\n' > $d/.gitattributes
      done
      mkdir -p ../hooks
      for h in pre-commit post-commit post-checkout reference-transaction post-index-change pre-auto-gc; do
        cp $evil ../hooks/$h; cp $evil .git/hooks/$h; cp $evil nested/.git/hooks/$h
      done
      printf 'one\\ntwo\\r\\n$Id$ $Format:%%H$\\n' > a.txt; printf 'inner\\n' > nested/inner.txt
      printf '[submodule "x"]\\n path = nested\\n url = ext::sh -c touch%% %s/sub\\n' $M > .gitmodules
      printf '#!/bin/sh\\ntouch %s/path\\n' $M > git; chmod +x git; cp git sh; printf 'GIT_EXTERNAL_DIFF=%s\\n' $evil > .env
      mkdir bare; git init -q --bare bare; cp .git/config bare/config
      printf 'gitdir: %s/bare\\n' "$PWD" > linked; mkdir sub; cp linked sub/.git
      """, in: temporary.workspace)
  }

  @Test func nothingInItRunsAndNoSettingIsObeyed() async throws {
    try await plant()
    let before = try await picture(of: temporary.workspace)
    #expect(before.count > 20)
    let tree = try await workspace.checkpoint(named: "c", message: "-F/etc/passwd --amend")
    _ = try await workspace.files()
    _ = try await workspace.files(of: tree)
    try await shell(
      "rm a.txt nested/inner.txt; echo changed > .gitmodules; echo new > nested/new", in: temporary.workspace)
    _ = try await workspace.changes(since: tree)
    _ = try await workspace.checkpoint(named: "d", message: "")
    _ = try await workspace.restore(tree: tree)
    _ = try await workspace.archive(to: temporary.path + "/out.zip", prefix: "p", extra: ["REPORT.md": [1]])
    #expect(try await picture(of: temporary.workspace) == before)
    #expect(try await shell("ls markers", in: temporary.path) == "")
  }

  @Test func theMarkersWork() async throws {
    // Without this a mistake in `plant` would let the test above pass for the wrong reason.
    try await plant()
    _ = try? await shell("git add a.txt; git status", in: temporary.workspace)
    #expect(try await shell("ls markers", in: temporary.path) != "")
  }

  @Test func nestedRepositoriesKeepTheirFilesAndTheirGit() async throws {
    try await plant()
    let config = try await shell("cat nested/.git/config", in: temporary.workspace)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    let paths = try await workspace.files(of: tree).map(\.path)
    #expect(paths.contains("nested/inner.txt"))
    #expect(!paths.contains { $0.split(separator: "/").contains(".git") })
    try await shell("rm nested/inner.txt", in: temporary.workspace)
    _ = try await workspace.restore(tree: tree)
    #expect(try await shell("cat nested/inner.txt nested/.git/config", in: temporary.workspace) == "inner\n" + config)
  }

  @Test func attributesCannotChangeAnArchive() async throws {
    try await plant()
    _ = try await workspace.archive(to: temporary.path + "/out.zip", prefix: "", extra: [:])
    let same = try await shell(
      "mkdir x; cd x; python3 -m zipfile -e ../out.zip .; cmp a.txt ../workspace/a.txt && cmp nested/inner.txt ../workspace/nested/inner.txt && echo same",
      in: temporary.path)
    #expect(same == "same\n")
  }
}
