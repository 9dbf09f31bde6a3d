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

  /// X11: what lends objects, puts others in their place, or makes up parents.
  @Test func borrowedAndReplacedObjectsAreNotUsed() async throws {
    try await shell(
      """
      set -e
      git init -q . ; git init -q --bare ../lent
      G="git -c user.name=a -c user.email=a@b"
      printf 'true\n' > a.txt; git add a.txt; $G commit -qm one; printf 'false\n' > b.txt
      git replace $(git hash-object -w a.txt) $(git hash-object -w b.txt); rm b.txt
      echo ../../../lent/objects > .git/objects/info/alternates; echo /nowhere >> .git/objects/info/alternates
      echo "$(git rev-parse HEAD) 0000000000000000000000000000000000000001" > .git/info/grafts
      git rev-parse HEAD > .git/shallow
      """, in: temporary.workspace)
    let before = try await picture(of: temporary.workspace)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    #expect(try await workspace.read("a.txt", of: tree, limit: 10) == Array("true\n".utf8))
    // The same in the engine's own store, as somebody with the person's rights could.
    let other = try await shell(
      """
      set -e
      export GIT_DIR=store/git
      git replace $(git rev-parse \(tree):a.txt) $(echo false | git hash-object -w --stdin)
      git cat-file blob $(git rev-parse \(tree):a.txt)
      """, in: temporary.path)
    #expect(other == "false\n", "The replacement has to work for plain git, or this test shows nothing.")
    try await shell("rm a.txt", in: temporary.workspace)
    let again = try await temporary.open()
    _ = try await again.restore(tree: tree)
    #expect(try await picture(of: temporary.workspace) == before)
    #expect(try await shell("cat a.txt", in: temporary.workspace) == "true\n")
    for name in ["objects/info/alternates", "objects/info/http-alternates", "info/grafts", "shallow", "commondir"] {
      try await shell("mkdir -p store/git/objects/info; echo ../../lent > store/git/\(name)", in: temporary.path)
      await expectRefusal(name, "was not made by Signalbox") { _ = try await again.checkpoint(named: "d", message: "") }
      await expectRefusal(name) { _ = try await again.restore(tree: tree) }
      await expectRefusal(name) { _ = try await temporary.open() }
      try await shell("rm store/git/\(name)", in: temporary.path)
    }
    #expect(try await again.checkpoint(named: "d", message: "") == tree)
  }

  /// X21: names that some system takes for `.git`: none can be asked for, and one that lies there is obeyed by nobody.
  @Test func otherSpellingsOfGitsFolderAreNobodys() async throws {
    let names = [
      ".git", ".GIT", ".Git", ".gIt", "git~1", "GIT~1", ".git.", ".git ", ".git. .", ".git::$INDEX_ALLOCATION",
      ".GIT:x", ".g\u{200C}it", "\u{FEFF}.git", ".gi\u{202E}t", ".git\u{200D}",
    ]
    for name in names {
      for path in [name, name + "/", name + "/config", "a/" + name + "/hooks/pre-commit", name + "/../x"] {
        await expectRefusal("“") { try await workspace.write([1], to: path, executable: true) }
        await expectRefusal("“") { _ = try await workspace.read(path, limit: 1) }
        await expectRefusal("“") { try await workspace.remove(path) }
      }
    }
    #expect(try await picture(of: temporary.workspace).isEmpty)
    // Letters of full width and their like are other letters on every system, so they are names like any other.
    for name in ["\u{FF0E}git", ".\u{FF47}it", ".g\u{456}t", ".g\u{131}t"] {
      try await workspace.write([1], to: name + "/config", executable: false)
    }
    let tree = try await workspace.checkpoint(named: "c", message: "")
    #expect(try await workspace.files(of: tree).count == 4)
    // What an agent makes by itself: in other letters everything waits for a person, and no archive is written.
    try await plant()
    let evil = "cp -r .git .GIT; cp -r .git 'git~1'"
    try await shell(evil, in: temporary.workspace)
    await expectRefusal("“.GIT” is “.git” in other letters") { _ = try await workspace.files() }
    await expectRefusal(".GIT") { _ = try await workspace.checkpoint(named: "d", message: "") }
    await expectRefusal(".GIT") {
      _ = try await workspace.archive(to: temporary.path + "/out.zip", prefix: "", extra: [:])
    }
    try await shell("rm -r .GIT", in: temporary.workspace)
    _ = try await workspace.checkpoint(named: "e", message: "")
    #expect(try await shell("ls markers", in: temporary.path) == "")
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
