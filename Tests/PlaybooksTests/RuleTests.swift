import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers RuleReading.swift, and every built-in file in Library/rules
@Suite struct RuleTests {
  let library = Library(project: nil, person: nil)

  /// Lines that break a rule, and lines that name the same thing and do not.
  struct Example: CustomTestStringConvertible, Sendable {
    let rule: String
    let breaks: [String]
    let keeps: [String]
    var testDescription: String { rule }
  }

  static let examples = [
    Example(
      rule: "http-only-data-access",
      breaks: [
        "FastAPI service should connect directly to PostgreSQL for better performance",
        "Direct database access from the business service.", "The bot reads straight from the DB.",
        "Bypass the data service and use SQL.",
      ],
      keeps: [
        "No direct database access from the business service.", "Services must not connect directly to PostgreSQL.",
        "The API reads over HTTP instead of direct SQL access.", "Volunteers see directly which books are there.",
        "Only the data service connects directly to PostgreSQL.", "Directed searches use the database.",
      ]),
    Example(
      rule: "separate-processes",
      breaks: [
        "Run FastAPI and the Aiogram bot in the same process.", "The worker lives in one container with the API.",
      ],
      keeps: [
        "Not the same process for bot and API.", "The bot gets a process of its own.",
        "The process of lending is simple.",
      ]),
    Example(
      rule: "rabbitmq-broker",
      breaks: ["Use Kafka as the message broker.", "Events go over Redis Streams.", "NATS between services."],
      keeps: [
        "RabbitMQ instead of Kafka for events.", "No Kafka, no other broker.",
        "Read from the existing Kafka topics of the customer, whose events are external.", "Redis caches sessions.",
      ]),
    Example(
      rule: "nginx-in-production",
      breaks: [
        "In production without Nginx.", "Traefik is the gateway.", "The API goes straight to the internet, live.",
      ],
      keeps: ["No Traefik in production.", "Nginx in production.", "Caddy locally, Nginx in production."]),
    Example(
      rule: "python-version",
      breaks: ["Python 3.10 is given.", "It must run on Python 3.9.", "python3.11"],
      keeps: ["Python 3.12", "Python 3.11 or newer", "at least Python 3.11", "not Python 3.10", "Python 3.13 only"]),
    Example(
      rule: "naming",
      breaks: ["Use camelCase for function names.", "Kebab-case package names please."],
      keeps: ["No camelCase in names.", "PascalCase for class names.", "camelCase in JSON names."]),
    Example(
      rule: "compliance",
      breaks: ["GDPR compliance (audit, deletion).", "We are HIPAA regulated.", "PCI-DSS", "SOC 2 type II"],
      keeps: [
        "No GDPR data.", "It is not GDPR relevant.", "GDPR does not apply.", "Without HIPAA.",
        "GDPR is out of scope for now.", "GDPR is not required.", "The PCIe card is fast.",
      ]),
    Example(
      rule: "scaling", breaks: ["Horizontal scaling to ten nodes.", "Database replication with failover."],
      keeps: ["No horizontal scaling.", "Replication is not needed.", "Scaling recipes by factor two."]),
    Example(
      rule: "production-readiness", breaks: ["It must be production-ready.", "We go live in May."],
      keeps: [
        "It is not production-ready.", "Bread production is planned weekly.", "Production grade is not required.",
      ]),
    Example(
      rule: "coverage-without-tests",
      breaks: ["High coverage with minimal tests.", "100 % coverage, but as few tests as possible, only smoke tests."],
      keeps: ["All tests pass and at least 75 % of the code is covered.", "No high coverage, few tests.", "Few tests."]),
    Example(
      rule: "load-tests", breaks: ["Load tests with 500 users.", "An SLA of 99.9 %."],
      keeps: ["No load tests.", "Performance tests are not needed.", "The load is slack."]),
    Example(
      rule: "audit-logging", breaks: ["Every change goes into an audit log.", "Audit trail for seven years."],
      keeps: ["No audit log.", "An audit log is not required.", "Audits are logged by hand."]),
    Example(
      rule: "metrics", breaks: ["Prometheus and Grafana.", "A monitoring dashboard for operations."],
      keeps: ["No Prometheus.", "Success metrics: fewer lost books.", "A dashboard for volunteers."]),
    Example(
      rule: "access-control", breaks: ["Sign-in with OAuth2.", "RBAC for staff.", "Traces in Jaeger."],
      keeps: ["No OAuth2.", "Single sign-on is not needed.", "Roles in the theatre play."]),
  ]

  private func brief(_ line: String, in field: BriefField) -> Brief {
    Brief(
      title: "", sections: [BriefSection(field: field, heading: field.title, text: line, line: 1)], level: nil,
      modules: nil, requirements: [], entities: [])
  }

  @Test(arguments: examples)
  func everyRuleBreaksWhereItIsBrokenAndNowhereElse(_ example: Example) throws {
    let rule = try library.rule(example.rule)
    for line in example.breaks {
      #expect(rule.breach(in: brief(line, in: .nonFunctionalConstraints)) != nil, "\(line)")
      #expect(rule.breach(in: brief(line, in: .scopeBoundaries)) == nil, "\(line)")
      #expect(rule.breach(in: brief(line, in: .openQuestions)) == nil, "\(line)")
    }
    for line in example.keeps {
      #expect(rule.breach(in: brief(line, in: .nonFunctionalConstraints)) == nil, "\(line)")
    }
  }

  @Test func everyRuleHasExamples() {
    #expect(Self.examples.map(\.rule).sorted() == library.ruleNames)
  }

  @Test func sampleBriefsBreakNoRule() throws {
    let workflow = try library.workflow("seven-stage")
    for sample in library.briefs {
      let brief = Brief(reading: sample.text, modules: workflow.modules)
      for rule in workflow.rules {
        let breach = rule.breach(in: brief)
        #expect(breach == nil, "\(sample.name) breaks \(rule.id): \(breach?.line ?? "")")
      }
    }
  }

  @Test func whatIsAdoptedBreaksNoOtherRule() throws {
    let rules = try library.workflow("seven-stage").rules
    for adopted in rules where adopted.kind == .architecture {
      for rule in rules {
        #expect(
          rule.breach(in: brief("- " + adopted.alternative, in: .nonFunctionalConstraints)) == nil,
          "\(adopted.id) breaks \(rule.id)")
      }
    }
  }

  @Test func qualityRulesSayWhatTheLevelLacks() throws {
    let rules = try library.workflow("seven-stage").rules
    #expect(rules.filter { $0.kind == .architecture }.count == 6)
    for rule in rules where rule.kind == .quality {
      #expect(!rule.gap.isEmpty && !rule.impact.isEmpty, "\(rule.id)")
      #expect((rule.neededLevel == nil) == (rule.id == "coverage-without-tests"), "\(rule.id)")
    }
    #expect(rules.first { $0.id == "compliance" }?.neededLevel == 4)
    #expect(rules.first { $0.id == "metrics" }?.substages == ["4.1c", "4.3c"])
  }

  @Test func wordsAreComparedWholeAndInAnyScript() {
    let rule = Rule(
      id: "x", kind: .quality, title: "", words: [["api", "größe", "запись"]], unless: ["no api"], why: "",
      alternative: "")
    for line in ["An API.", "api", "(Api)", "Die GRÖSSE? Die Größe!", "Запись!", "no-one's API"] {
      #expect(rule.breach(in: brief(line, in: .businessContext)) != nil, "\(line)")
    }
    for line in ["rapid", "apis", "No API", "no… API", "größer", ""] {
      #expect(rule.breach(in: brief(line, in: .businessContext)) == nil, "\(line)")
    }
  }

  /// One way to spoil a rule, and what must be said about it.
  static let spoiled: [(old: String, new: String, says: String)] = [
    ("id: metrics", "id: metric", "must be “metrics”"),
    ("kind: quality", "kind: taste", "no kind of rule"),
    ("kind: quality", "kind: architecture", "Only a quality rule has “needed-level”"),
    ("needed-level: 3", "needed-level: 5", "from 1 to 4"),
    ("[prometheus,", "[Prometheus,", "lower case: “prometheus”"),
    ("[prometheus,", "[grafana,", "“grafana” stands twice"),
    ("[prometheus,", "['+',", "would be in every line"),
    ("gap:\n  - no /metrics endpoint\n  - no Prometheus, no Grafana and no alert rules\n", "", "“gap” is missing"),
    ("substages: [4.1c, 4.3c]", "substages: [4.1c, 4.3y]", "no sub-stage “4.3y”"),
    ("why: |", "reason: |", "“reason” is not known in a rule"),
    ("kind: quality", "kind: quality\nfields: []", "at least one field"),
    ("kind: quality", "kind: quality\nfields: [colour]", "no field of a brief"),
  ]

  @Test(arguments: spoiled)
  func aSpoiledRuleIsRefusedWhereItIsSpoiled(old: String, new: String, says: String) throws {
    let text = try builtIn("rules/metrics.yaml")
    let place = try #require(text.range(of: old))
    let project = try Scratch()
    try project.write(text.replacingCharacters(in: place, with: new), to: ".signalbox/rules/metrics.yaml")
    let failure = try refusal { _ = try Library(project: project.path, person: nil).workflow("seven-stage") }
    #expect(failure.file == ".signalbox/rules/metrics.yaml")
    #expect(failure.message.contains(says), "\(failure)")
    #expect(failure.line >= 1 && failure.column >= 1)
  }

  @Test func aProjectsRuleWinsAndChangesTheDigest() throws {
    let project = try Scratch()
    let text = try builtIn("rules/metrics.yaml").replacingOccurrences(of: "grafana,", with: "grafana, datadog,")
    try project.write(text, to: ".signalbox/rules/metrics.yaml")
    let workflow = try Library(project: project.path, person: nil).workflow("seven-stage")
    #expect(workflow.rule("metrics")?.words.first?.contains("datadog") == true)
    let plain = try library.workflow("seven-stage")
    #expect(workflow.digest != plain.digest)
  }
}
