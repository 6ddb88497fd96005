/// What a caller may do. The one table of it: the API's contract, the console's pages and the page of roles read it.
///
/// The raw value is what `x-permission` in the API's contract, a key's scopes and the documents say.
public enum Permission: String, Sendable, Hashable, Codable, CaseIterable {
  case agencyManage = "agency.manage"
  case peopleRead = "people.read"
  case peopleManage = "people.manage"
  case keysManage = "keys.manage"
  case brandsCreate = "brands.create"
  case brandsManage = "brands.manage"
  case brandsErase = "brands.erase"
  case brandRead = "brand.read"
  case groupsRead = "groups.read"
  case groupsWrite = "groups.write"
  case membersRead = "members.read"
  case membersWrite = "members.write"
  /// To see phone numbers whole; without it they are shown by their tail.
  case membersContacts = "members.contacts"
  case channelsRead = "channels.read"
  case channelsManage = "channels.manage"
  case contentsRead = "contents.read"
  case contentsWrite = "contents.write"
  case plansRead = "plans.read"
  case plansWrite = "plans.write"
  case plansApprove = "plans.approve"
  case deliveriesRead = "deliveries.read"
  /// To decide over what nobody knows: unknown sends, and orders to send anew.
  case deliveriesDecide = "deliveries.decide"
  case runsRead = "runs.read"
  case runsManage = "runs.manage"
  case importsRun = "imports.run"
  case exportsRun = "exports.run"
  case auditRead = "audit.read"
  case webhooksManage = "webhooks.manage"
  case reportsRead = "reports.read"

  /// It concerns the agency as a whole: granted for a single brand it means nothing.
  public var isForAgency: Bool {
    switch self {
    case .agencyManage, .brandsCreate: true
    default: false
    }
  }
}

extension Role {
  /// What the role may do.
  public var permissions: PermissionSet {
    switch self {
    case .owner: .all
    case .accountManager: .all.subtracting([.agencyManage, .brandsCreate, .brandsErase])
    case .operator:
      [
        .peopleRead, .brandRead, .groupsRead, .groupsWrite, .membersRead, .membersWrite, .membersContacts,
        .channelsRead, .contentsRead, .contentsWrite, .plansRead, .plansWrite, .deliveriesRead, .deliveriesDecide,
        .runsRead, .importsRun, .reportsRead,
      ]
    case .viewer:
      [
        .peopleRead, .brandRead, .groupsRead, .membersRead, .channelsRead, .contentsRead, .plansRead, .deliveriesRead,
        .runsRead, .reportsRead,
      ]
    case .client:
      [.brandRead, .groupsRead, .contentsRead, .plansRead, .plansApprove, .deliveriesRead, .reportsRead]
    }
  }
}
