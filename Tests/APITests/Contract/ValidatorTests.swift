import Foundation
import Testing

@testable import API

/// Holds the document against the OpenAPI 3.1 schema with a validator of others, where the machine has it.
@Suite struct ValidatorTests {
  private static let program = """
    import json, sys
    from openapi_spec_validator import validate
    validate(json.load(sys.stdin))
    """

  @Test(.enabled(if: hasValidator, "python3 has no openapi_spec_validator"))
  func theDocumentIsOpenAPI() throws {
    let (status, output) = try Self.python(["-c", Self.program], input: try OpenAPIDocument.load().json)
    #expect(status == 0, "\(output)")
  }

  @Test(.enabled(if: hasValidator, "python3 has no openapi_spec_validator"))
  func aBrokenDocumentWouldBeNoticed() throws {
    let broken = Data(#"{"openapi": "3.1.0", "info": {"title": "x"}, "paths": {}}"#.utf8)
    #expect(try Self.python(["-c", Self.program], input: broken).status != 0)
  }

  static let hasValidator = (try? python(["-c", "import openapi_spec_validator"], input: Data()).status) == 0

  private static func python(_ arguments: [String], input: Data) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let (stdin, output) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
