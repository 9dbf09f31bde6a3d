import Kernel

extension Documents {
  /// Composes the deliverables catalogue: what was promised, where it is, and every file with its hash and its maker.
  public static func deliverablesCatalogue(_ session: Session, _ facts: ReportFacts) -> String {
    var page = Page()
    page.heading(1, "Deliverables: \(Markdown.inline(session.title))")
    page.facts([
      ("Request id", Markdown.code(session.id)),
      ("Date", Words.time(facts.at)),
      ("Files", String(facts.files.count)),
    ])
    page.heading(2, "1. Core deliverables")
    page.table(
      ["Deliverable", "Made in stage", "Validated by", "Where", "State"], coreDeliverables(session, facts),
      otherwise: "")
    page.heading(2, "2. Expected by the brief")
    page.quote(session.brief.text(of: .expectedDeliverables), otherwise: "Not stated in the brief.")
    page.heading(2, "3. Files")
    let atWork = session.documentsAtWork
    let known = facts.files.filter { !atWork.contains($0.path) }
    var rows = known.map { file in
      let maker = session.tasks.last { task in task.files.contains { $0.path == file.path } }
      let claimed = maker?.files.first { $0.path == file.path }
      let state = claimed == nil ? "not claimed by any task" : claimed?.hash == file.hash ? "as made" : "changed since"
      return [
        Markdown.code(file.path), Markdown.code(file.hash), maker.map { Markdown.code($0.id) } ?? "–", state,
      ]
    }
    rows += atWork.map { path in
      let maker = session.tasks.last { $0.expectedFiles.contains(path) }
      return [
        Markdown.code(path), "in the handoff manifest", maker.map { Markdown.code($0.id) } ?? "–",
        "written together with this catalogue",
      ]
    }
    page.table(["Path", "SHA-256", "Made by task", "State"], rows, otherwise: "The workspace is empty.")
    page.heading(2, "4. Missing files")
    let missing = session.tasks.filter { $0.state == .done }.flatMap { task in
      task.files.filter { !facts.has($0.path) }.map { [Markdown.code($0.path), Markdown.code(task.id)] }
    }
    page.table(["Path", "Made by task"], missing, otherwise: "None: every file that a task left is there.")
    return page.text
  }

  private static func coreDeliverables(_ session: Session, _ facts: ReportFacts) -> [[String]] {
    func document(_ name: String, _ performer: String, _ validation: String) -> [String] {
      guard let path = session.document(performer) else {
        return [name, "–", validation, "–", "not part of this workflow"]
      }
      let stage = session.workflow.stages.first { stage in
        stage.work.contains {
          if case .task(let task) = $0 { return task.performer == performer } else { return false }
        }
      }
      return [
        name, stage.map { String($0.id) } ?? "–", validation, Markdown.code(path),
        session.documentsAtWork.contains(path)
          ? "written together with this catalogue" : facts.has(path) ? "present" : "not there",
      ]
    }
    let code = session.generatingTasks
    let done = code.filter { $0.state == .done }.count
    let reports = facts.files.filter { $0.path.hasPrefix("htmlcov/") || $0.path.hasSuffix("coverage.xml") }
    let records = facts.files.filter { $0.path.hasPrefix("artifacts/adr/") }
    return [
      [
        "Prompt validation record", "1", "every gap closed", "inside the intake",
        session.level == nil ? "open" : "done",
      ],
      document("Requirements intake", "document.intake", "approval by a person"),
      document("Implementation plan", "document.plan", "approval by a person"),
      [
        "Architecture decision records", "3–4", "review", Markdown.code("artifacts/adr/"),
        records.isEmpty ? "none were written" : Words.count(records.count, "record", "records"),
      ],
      [
        "Generated code and configuration", "4", "gates", "the workspace",
        code.isEmpty ? "not generated" : "\(done) of \(code.count) tasks done",
      ],
      [
        "Coverage reports", "5", "threshold of the level", "htmlcov/, coverage.xml",
        reports.isEmpty ? "not in the workspace" : Words.count(reports.count, "file", "files"),
      ],
      document("Verification checklist", "document.checklist", "sign-off"),
      document("QA report", "document.report", "sign-off by a person"),
    ]
  }

  /// Composes the deployment guide of the handoff package from the files that are really there.
  public static func deploymentGuide(_ session: Session, _ facts: ReportFacts) -> String {
    var page = Page()
    page.heading(1, "Deployment Guide: \(Markdown.inline(session.title))")
    let verdict = Verdict(session)
    page.paragraph("Status of the result: **\(verdict.word)**. \(verdict.reason)")
    page.facts([("Maturity level", session.levelWords), ("Modules", session.moduleWords)])
    let names = ["docker-compose", "compose"].flatMap { ["\($0).yml", "\($0).yaml"] }
    let compose = facts.files.map(\.path).filter { path in
      guard let name = path.split(separator: "/").last.map(String.init) else { return false }
      return names.contains(name)
        || (name.hasPrefix("docker-compose.") && (name.hasSuffix(".yml") || name.hasSuffix(".yaml")))
    }
    page.heading(2, "1. What you need")
    page.list(
      (compose.isEmpty ? [] : ["A container engine that understands compose files."])
        + ["The files of this package; `handoff/manifest.json` names each with its SHA-256."]
        + (facts.has("README.md") ? ["`README.md`, which describes the service itself."] : []), otherwise: "")
    page.heading(2, "2. Configuration")
    page.paragraph(
      facts.has(".env.example")
        ? "Copy `.env.example` to `.env` and set every value. Choose new secrets for every environment; the examples are "
          + "public."
        : "There is no `.env.example`; the service's own configuration files say what it reads.")
    page.heading(2, "3. Start")
    page.list(
      compose.map { "Compose file: \(Markdown.code($0))" }, otherwise: "There is no compose file in the package.")
    if let first = compose.first(where: { $0.split(separator: "/").count == 1 }) {
      page.block("docker compose -f \(first) up --build --detach\ndocker compose -f \(first) ps")
    }
    if facts.has("Makefile") { page.paragraph("`Makefile` holds the same steps as short commands.") }
    page.heading(2, "4. Smoke tests")
    page.list(
      session.brief.entities.map {
        "\(Markdown.inline($0.name)): create one, read it, change it, list it, remove it; then ask for it again and "
          + "expect “not found”."
      }, otherwise: "The brief describes no entity to try.")
    page.heading(2, "5. Next steps")
    page.list(
      [
        "Deploy to a staging machine and run the smoke tests there.",
        "Write the production `.env`; keep it out of version control.",
        "Deploy to production and run the smoke tests again.",
      ]
        + session.standingWaivers.map {
          "Settle the accepted failure \(Markdown.inline($0.id)): \(Markdown.inline(session.gateTitle($0.gate)))."
        }
        + session.standingSubstitutions.map { "TODO \(Markdown.inline($0.id)): \(Markdown.inline($0.todo))" },
      otherwise: "")
    page.heading(2, "6. Not part of this level")
    page.list(
      session.substagePlan.filter { $0.skipped != nil }.map {
        "\(Markdown.inline($0.definition.name)): \(Markdown.inline($0.skipped ?? ""))"
      }, otherwise: "Every sub-stage of the workflow was executed.")
    return page.text
  }
}
