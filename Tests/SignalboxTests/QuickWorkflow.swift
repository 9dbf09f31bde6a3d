/// A workflow of a person's own with the stages of the built-in one and gates that take milliseconds: so that engines can
/// be killed often in each stage. It needs no Swift, which is what it proves besides.
enum QuickWorkflow {
  static let text = """
    id: quick
    title: Quick
    version: 1
    levels:
      - {number: 1, name: Proof of Concept, summary: Shows that it works., coverage: 60, minutes: [1, 2]}
      - {number: 2, name: Development Ready, summary: For a team., coverage: 75, minutes: [1, 2]}
    fields:
      - {field: maturity-level, required: true, why: It sets the scope., format: The number 1.}
      - {field: data-model, required: true, why: Services are made from it., format: One heading per entity.}
    modules: []
    stages:
      - id: 0
        name: AI Initialization
        work:
          - task: {id: context, title: Load the context, role: engine, performer: context, files: [], attempts: 3}
      - id: 1
        name: Prompt Validation
        work:
          - brief: incomplete-brief
      - id: 2
        name: Intake
        work:
          - task: {id: survey, title: Look at what can be made, role: architect, performer: survey, files: [], attempts: 3}
          - shortcomings: unsupported
          - task:
              id: intake
              title: Write the intake
              role: analyst
              performer: document.intake
              files: [artifacts/requirements/requirements-intake.md]
              attempts: 3
          - approval: approve-intake
      - id: 3
        name: Planning
        work:
          - task:
              id: plan
              title: Write the plan
              role: architect
              performer: document.plan
              files: [artifacts/plans/implementation-plan.md]
              attempts: 3
          - approval: approve-plan
      - id: 4
        name: Code Generation
        work:
          - substages
        substages:
          - {id: 4.1, name: Infrastructure, done: The files exist.}
          - {id: 4.2, name: Data Layer, done: The files exist.}
          - {id: 4.3, name: Business Logic, done: The files exist.}
          - {id: 4.6, name: Testing, done: The files exist.}
      - id: 5
        name: Verification
        work:
          - gates: gate-failed
      - id: 6
        name: Handoff
        work:
          - task:
              id: report
              title: Write the report
              role: auditor
              performer: document.report
              files: [artifacts/reports/qa-report.md, artifacts/reports/deliverables.md]
              attempts: 3
          - approval: sign-off
          - task: {id: package, title: Pack, role: engine, performer: package, files: [], attempts: 3}
    gates:
      - id: environment
        title: Environment file
        category: Environment
        kind: environment-file
        mandatory: 1
        required: .env present
        attempts: 3
      - id: placeholders
        title: Placeholders
        category: Artefacts
        kind: placeholders
        mandatory: 1
        required: none
        attempts: 3
    """
}
