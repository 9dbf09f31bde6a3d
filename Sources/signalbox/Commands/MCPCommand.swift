import Agents
import ArgumentParser
import Foundation

/// Lets an agent speak to its supervisor; started by the agent itself.
struct MCPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp", abstract: "Serve an agent's tools over standard input and output (agents start it).",
    discussion: """
      An agent at work is told to start this command; its socket and token belong to one attempt of one task.
      With --rehearse it records nothing and answers every question itself, to try out a client.
      """,
    shouldDisplay: false)

  @ArgumentParser.Option(help: "The socket of the attempt (default: $\(DeskSocket.pathVariable)).")
  var socket: String?
  @Flag(help: "Record nothing, and answer every question after a second.")
  var rehearse = false

  func run() async throws {
    if rehearse {
      let desk = AgentDesk.rehearsal()
      await MCPServer.serveStandardStreams(version: Version.number) { await desk.call($0, $1, progress: $2) }
      return
    }
    let environment = ProcessInfo.processInfo.environment
    let path = socket ?? environment[DeskSocket.pathVariable] ?? ""
    let token = environment[DeskSocket.tokenVariable] ?? ""
    guard !path.isEmpty, !token.isEmpty else {
      remark(
        """
        signalbox: `mcp` is started by an agent at work, which is told the socket and the token of its attempt.
          By hand, `signalbox mcp --rehearse` tries it out; `signalbox callback` says something to a session.
        """)
      throw ExitCode(64)
    }
    let client = DeskClient(path: path, token: token)
    await MCPServer.serveStandardStreams(version: Version.number) {
      try await client.call($0, $1, progress: $2)
    }
  }
}
