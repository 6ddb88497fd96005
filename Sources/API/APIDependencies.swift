public import Channels
public import JobQueue
public import Logging
public import Tenancy

/// What the API stands on. The command and the tests fill it; everything else is wired by `buildAPI`.
public struct APIDependencies: Sendable {
  /// Agencies, brands and their data.
  public var tenancy: Tenancy
  /// The index of the runs, which is told of what people do to them.
  public var index: RunIndex
  /// Makes brands; nil where the process has no connection of the database's owner.
  public var brandCreation: BrandCreation?
  /// Erases brands; nil where the process has no connection of the database's owner.
  public var brandErasure: BrandErasure?
  /// The platforms whose limits a piece of content has to keep.
  public var adapters: [any ChannelAdapter]
  /// Takes webhooks on the machine itself; for tests and for the sandbox.
  public var allowsLocalWebhooks: Bool
  /// What has to answer before the process takes requests.
  public var readiness: [ReadinessCheck]
  /// The process's metrics in the text format of Prometheus.
  public var metricsText: @Sendable () -> String
  /// Where requests are logged, one line each.
  public var logger: Logger
  /// How much a request may bring.
  public var limits: APILimits

  /// The dependencies.
  public init(
    tenancy: Tenancy, index: RunIndex, brandCreation: BrandCreation? = nil,
    brandErasure: BrandErasure? = nil, adapters: [any ChannelAdapter],
    allowsLocalWebhooks: Bool = false, readiness: [ReadinessCheck] = [],
    metricsText: @escaping @Sendable () -> String = { "" }, logger: Logger,
    limits: APILimits = APILimits()
  ) {
    self.tenancy = tenancy
    self.index = index
    self.brandCreation = brandCreation
    self.brandErasure = brandErasure
    self.adapters = adapters
    self.allowsLocalWebhooks = allowsLocalWebhooks
    self.readiness = readiness
    self.metricsText = metricsText
    self.logger = logger
    self.limits = limits
  }
}

/// Something that the process needs, asked by `/readyz`.
public struct ReadinessCheck: Sendable {
  /// What it is called in the answer.
  public let name: String
  /// Without it the process takes no requests; where it is not needed, the answer only says how it stands.
  public let isNeeded: Bool
  /// Whether it answers. It should give up within seconds by itself.
  public let isReady: @Sendable () async -> Bool

  /// A check.
  public init(_ name: String, isNeeded: Bool = true, isReady: @escaping @Sendable () async -> Bool) {
    self.name = name
    self.isNeeded = isNeeded
    self.isReady = isReady
  }
}

/// How much a request may bring, and how long answers are remembered.
public struct APILimits: Sendable, Hashable {
  /// Most bytes of a JSON body.
  public var json = 1 << 20
  /// Most bytes of an uploaded medium; what the channels take is less and said by name.
  public var media = 25 << 20
  /// Most bytes of an imported sheet.
  public var sheet = 32 << 20
  /// How long a key that was found good is not looked up again. A revoked key stops working after this time.
  public var keyMemory = Duration.seconds(3)

  /// The defaults.
  public init() {}
}
