import Foundation
import NIOConcurrencyHelpers
import OwnThreads
import Testing

@testable import Credentials

@Suite(.timeLimit(.minutes(2))) struct PasswordHasherTests {
  @Test func whatIsStoredIsAPHCStringOfTheStandardCost() async throws {
    let hash = try await PasswordHasher().hash(Password("春天的第一场雨 2026"))
    let form = #/\$argon2id\$v=19\$m=19456,t=2,p=1\$(?<salt>[A-Za-z0-9+\/]{22})\$[A-Za-z0-9+\/]{43}/#
    #expect(hash.text.wholeMatch(of: form) != nil)
    #expect(hash.cost == .standard)
    #expect(try PasswordHash(hash.text) == hash)
  }

  @Test func onlyTheRightPasswordIsVerified() async throws {
    let hasher = try PasswordHasher()
    let hash = try await hasher.hash(Password("correct horse battery staple"))
    #expect(try await hasher.verify(Password("correct horse battery staple"), against: hash))
    for wrong in ["correct horse battery stapl", "Correct horse battery staple", "correct horse battery staple ", ""] {
      #expect(try await !hasher.verify(Password(wrong), against: hash), "\(wrong)")
    }
  }

  @Test func theSamePasswordHasAnotherHashEachTime() async throws {
    let hasher = try PasswordHasher(cost: .least)
    let first = try await hasher.hash(Password("one password"))
    let second = try await hasher.hash(Password("one password"))
    #expect(first != second)
  }

  /// From the reference implementation's own tests.
  @Test func hashesOfOthersAreUnderstood() async throws {
    let hash = try PasswordHash(
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
    let hasher = try PasswordHasher()
    #expect(try await hasher.verify(Password("password"), against: hash))
    #expect(try await !hasher.verify(Password("passwore"), against: hash))
    #expect(hasher.needsRehash(hash))
  }

  @Test func twoKeyboardsTypeTheSamePassword() async throws {
    let hasher = try PasswordHasher(cost: .least)
    let hash = try await hasher.hash(Password("caf\u{e9} cr\u{e8}me 한국"))
    #expect(try await hasher.verify(Password("cafe\u{301} cre\u{300}me 한국"), against: hash))
  }

  @Test func nothingIsCutOffAtANUL() async throws {
    let hasher = try PasswordHasher(cost: .least)
    let hash = try await hasher.hash(Password("before\0after"))
    #expect(try await !hasher.verify(Password("before\0other"), against: hash))
    #expect(try await !hasher.verify(Password("before"), against: hash))
  }

  @Test func anotherCostAsksForANewHash() async throws {
    let least = try PasswordHasher(cost: .least)
    let hash = try await least.hash(Password("a password of old"))
    #expect(!least.needsRehash(hash))
    #expect(try PasswordHasher().needsRehash(hash))
  }

  @Test func verifyingNothingCostsAVerificationAndSaysNo() async throws {
    let hasher = try PasswordHasher()
    #expect(hasher.nothing.cost == hasher.cost)
    #expect(try await !hasher.verifyNothing(Password("whatever")))
    #expect(try await !hasher.verifyNothing(Password("")))
    #expect(try PasswordHasher().nothing != hasher.nothing)
  }

  @Test func anEndlessPasswordIsNotHashed() async throws {
    let hasher = try PasswordHasher(cost: .least)
    let longest = Password(String(repeating: "暖", count: 128))
    let hash = try await hasher.hash(longest)
    #expect(try await hasher.verify(longest, against: hash))
    let longer = Password(String(repeating: "暖", count: 129))
    await #expect(throws: PasswordHashError.self) { try await hasher.hash(longer) }
    #expect(try await !hasher.verify(longer, against: hash))
  }

  @Test(arguments: [
    "", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\(tag)",
    "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$\(tag)", "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$\(tag)",
    "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$\(tag)", "$argon2id$v=19$m=65536,t=2,p=999$c29tZXNhbHQ$\(tag)",
    "$argon2id$v=19$m=4,t=2,p=1$c29tZXNhbHQ$\(tag)", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\(tag)$",
    "$argon2id$v=19$m=65536,t=2,p=1$c2$\(tag)", "$argon2id$v=19$m=-8,t=2,p=1$c29tZXNhbHQ$\(tag)",
  ])
  func aStoredHashOfAnotherKindIsRefused(text: String) {
    #expect(throws: PasswordHashError.self) { try PasswordHash(text) }
  }

  private static let tag = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

  @Test func whoeverMeetsAFullLineIsToldAtOnceAndCancellationLeavesIt() async throws {
    let threads = OwnThreads(name: "test", limit: 1, waiting: 1)
    let hasher = try PasswordHasher(cost: .least, on: threads)
    let gate = ConditionLock(value: false)
    let holding = Task {
      try await threads.run {
        gate.lock(whenValue: true)
        gate.unlock()
      }
    }
    // The one place in the line is free as long as the thread has not been taken.
    var waiting = Task { try await hasher.hash(Password("waits")) }
    while hasher.waiting == 0 {
      try await Task.sleep(for: .milliseconds(2))
      if hasher.waiting == 0 { waiting = Task { try await hasher.hash(Password("waits")) } }
    }
    await #expect(throws: Busy.self) { try await hasher.verifyNothing(Password("refused")) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    gate.lock()
    gate.unlock(withValue: true)
    try await holding.value
    #expect(try await !hasher.verifyNothing(Password("served again")))
  }

  @Test func aPasswordShowsItselfToNobody() {
    let password = Password("hunter2-hunter2")
    var dumped = ""
    dump(password, to: &dumped)
    for text in ["\(password)", String(reflecting: password), dumped, "\([password])"] {
      #expect(!text.contains("hunter2"))
    }
  }
}
