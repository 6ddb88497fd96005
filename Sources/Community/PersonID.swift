public import Identifiers
public import Tenancy

/// Somebody of the agency or of the client (人员).
///
/// People are kept in the control database, beside the brands' own, so nothing of a brand refers to them by a foreign key:
/// whoever takes an id from outside asks the agency whether it has such a person.
public typealias PersonID = ID<Person>
