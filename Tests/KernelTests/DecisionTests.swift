import Testing

@testable import Kernel

// covers Decision.swift

@Suite("Decision")
struct DecisionTests {
  private let decision = Decision(
    id: "s-D1", playbook: "ab", scenario: 4, stage: 5, subject: "gate:lint", title: "cd", body: "ef", askedBy: "engine",
    fields: [DecisionField(name: "gh", why: "ij", format: "kl")],
    options: [
      Option(
        id: "retry", key: "r", title: "mn", says: "op", effect: .retry, noteRequired: false, confirm: nil),
      Option(id: "r", key: "w", title: "qr", says: "st", effect: .waive, noteRequired: true, confirm: "uv"),
    ], recommended: "retry", digest: "", raisedAt: 1)

  private func digest(_ decision: Decision, restingOn inputs: [String] = ["wx", "yz"]) -> String {
    Digest.sha256(decision.canonicalBytes(restingOn: inputs))
  }

  @Test("The same question has the same digest, whenever it was raised and however it ends")
  func stable() {
    var other = decision
    other.raisedAt = 99
    other.withdrawn = "moot"
    other.answer = Answer(decision: "s-D1", option: "r", digest: "")
    other.digest = "something"
    #expect(digest(other) == digest(decision))
  }

  @Test("Everything that is shown, and everything it rests on, is in the digest")
  func sensitive() {
    var others: [Decision] = []
    func change(_ edit: (inout Decision) -> Void) {
      var other = decision
      edit(&other)
      others.append(other)
    }
    change { $0.id = "s-D2" }
    change { $0.playbook = "abc" }
    change { $0.scenario = 3 }
    change { $0.stage = 6 }
    change { $0.subject = "gate:types" }
    change { $0.title = "c" }
    change { $0.body = "eg" }
    change { $0.askedBy = "Eve" }
    change { $0.fields[0].name = "g" }
    change { $0.fields[0].why = "i" }
    change { $0.fields[0].format = "k" }
    change { $0.fields = [] }
    change { $0.options[0].id = "again" }
    change { $0.options[0].key = "x" }
    change { $0.options[0].title = "m" }
    change { $0.options[0].says = "o" }
    change { $0.options[0].effect = .abort }
    change { $0.options[0].noteRequired = true }
    change { $0.options[0].confirm = "yes" }
    change { $0.options.swapAt(0, 1) }
    change { $0.options.removeLast() }
    change { $0.recommended = nil }
    // The same letters, another spelling: a person sees no difference, the bytes do.
    change { $0.title = "c\u{301}d" }
    change { $0.title = "\u{107}d" }
    let digests = [digest(decision), digest(decision, restingOn: ["wx", "yy"]), digest(decision, restingOn: [])]
    #expect(Set(digests + others.map { digest($0) }).count == others.count + 3)
  }

  @Test("A character that moves from one part to its neighbour makes another question")
  func moving() {
    var digests = [digest(decision)]
    func move(_ first: WritableKeyPath<Decision, String>, _ second: WritableKeyPath<Decision, String>) {
      var other = decision
      other[keyPath: second].insert(other[keyPath: first].removeLast(), at: other[keyPath: second].startIndex)
      digests.append(digest(other))
    }
    move(\.id, \.playbook)
    move(\.title, \.body)
    move(\.body, \.askedBy)
    move(\.fields[0].name, \.fields[0].why)
    move(\.fields[0].why, \.fields[0].format)
    move(\.options[0].title, \.options[0].says)
    move(\.options[0].says, \.options[1].id)
    digests.append(digest(decision, restingOn: ["w", "xyz"]))
    digests.append(digest(decision, restingOn: ["wxyz"]))
    digests.append(digest(decision, restingOn: ["wxyz", ""]))
    #expect(Set(digests).count == digests.count)
  }

  @Test("An option is found by its identifier before another's key")
  func options() {
    #expect(decision.option("retry")?.effect == .retry)
    #expect(decision.option("r")?.effect == .waive)
    #expect(decision.option("w")?.effect == .waive)
    #expect(decision.option("sing") == nil)
  }

  @Test("A decision is open until it is answered or withdrawn")
  func open() {
    #expect(decision.isOpen)
    var answered = decision
    answered.answer = Answer(decision: "s-D1", option: "r", digest: "")
    #expect(!answered.isOpen)
    var withdrawn = decision
    withdrawn.withdrawn = "moot"
    #expect(!withdrawn.isOpen)
  }

  @Test("Its subject names a gate or a task")
  func subjects() {
    #expect(decision.subjectGate == "lint")
    #expect(decision.subjectTask == nil)
    var other = decision
    other.subject = "task:plan"
    #expect(other.subjectTask == "plan")
    #expect(other.subjectGate == nil)
  }
}
