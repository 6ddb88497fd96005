import Community
import Identifiers
import Tenancy

extension BrandEndpoints {
  /// Refuses people who do not belong to the brand's agency.
  ///
  /// - Parameter known: people who stand there already; one who has left since stays until somebody else is named.
  func requireKnown(
    _ people: [(field: String, person: PersonID)], in context: BrandContext, besides known: Set<PersonID> = []
  ) async throws {
    let new = Set(people.map(\.person)).subtracting(known)
    guard !new.isEmpty else { return }
    let active = try await PersonStore(tenancy.controlReads).active(among: new, in: context.caller.agency)
    let strangers = new.subtracting(active)
    let problems = people.filter { strangers.contains($0.person) }.map { FieldProblem($0.field, .unknownReference) }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }
}

extension BrandContext {
  /// The person who acts; nil for a key, which is nobody.
  var person: PersonID? { caller.person }

  /// How much of members' phone numbers the caller sees.
  var phones: PhoneView { holds(.membersContacts) ? .whole : .tail }
}
