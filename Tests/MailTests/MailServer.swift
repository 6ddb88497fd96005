import Foundation
import Glibc
import Mail
import Testing

/// A real mail server, aiosmtpd, which ends with the test.
final class MailServer: Sendable {
  enum Encryption: String {
    case none
    case starttls
    case implicit
  }

  /// What it took, and how Python's reader of mail understands it.
  struct Received: Decodable {
    let sender: String
    let recipients: [String]
    let isEncrypted: Bool
    let isAuthenticated: Bool
    let message: Understood
  }

  struct Understood: Decodable {
    let headers: [[String]]
    let addresses: [[String]]
    let from: [String]
    let type: String
    let parts: [[String]]
    let defects: [String]
    let longestLine: Int
    let bareLineEnds: Int
    let isAscii: Bool

    func header(_ name: String) -> String? {
      headers.filter { $0[0] == name }.map { $0[1] }.first
    }
  }

  struct NotStarted: Error {}

  let port: Int
  let folder: URL
  private let input: FileHandle
  private let process: Process

  static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Server/smtp_server.py")
  /// Debian's, for which Debian's aiosmtpd is.
  static let python = URL(filePath: "/usr/bin/python3")

  var certificate: String { folder.appending(path: "certificate.pem").path }

  init(_ encryption: Encryption = .none, login: [String] = []) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "nuanqun-mail-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var arguments = [Self.script.path, folder.path, encryption.rawValue]
    if encryption != .none { arguments += try Self.makeCertificate(in: folder) }
    let (input, output) = (Pipe(), Pipe())
    process = Process()
    process.executableURL = Self.python
    process.arguments = arguments + login
    process.standardInput = input
    process.standardOutput = output
    // It tells at length of the clients who hang up because they do not trust it.
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Ours too, but for this the end of the test's process would not end the server.
    try input.fileHandleForReading.close()
    self.input = input.fileHandleForWriting
    guard let port = Int(Self.line(of: output.fileHandleForReading)) else { throw NotStarted() }
    self.port = port
  }

  deinit {
    try? input.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  func messages() throws -> [Received] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
      .map { try decoder.decode(Received.self, from: Data(contentsOf: $0)) }
  }

  /// How Python's reader understands messages.
  static func understand(_ messages: [Data]) throws -> [Understood] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = python
    process.arguments = [script.path, "--read"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(
      contentsOf: Data(messages.map { $0.base64EncodedString() + "\n" }.joined().utf8))
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try decoder.decode([Understood].self, from: answer)
  }

  private static func line(of file: FileHandle) -> String {
    var line = Data()
    while let byte = try? file.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  /// A certificate for loopback that signs itself.
  private static func makeCertificate(in folder: URL) throws -> [String] {
    let files = ["certificate.pem", "key.pem"].map { folder.appending(path: $0).path }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
      "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1],
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return files
  }
}
