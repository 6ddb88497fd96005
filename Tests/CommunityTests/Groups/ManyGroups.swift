import Foundation
import Identifiers
import Postgres
import TestSupport

@testable import Community
@testable import Tenancy

extension BrandFixture {
  /// Fills the brand with groups as an agency has them: most are open, names are alike, a few things are rare.
  func addManyGroups(_ count: Int, keepers: [PersonID]) async throws {
    let channel = try await addChannel()
    try await query(
      """
      insert into groups (id, name, external_id, platform, channel_id, kind, purpose, region, tags, owner, keeper_id,
        capacity, size, state)
      select gen_random_uuid(), (array['上海', '北京', '广州', '深圳', '杭州'])[1 + n % 5] || '宝妈' || n || '群', 'wr-' || n,
        (array['wecom', 'wecom', 'wecom', 'wechat', 'dingtalk'])[1 + n % 5], case when n % 2 = 0 then \(channel) end,
        '种类' || n % 20, repeat('陪伴成长', n % 20), '区域' || n % 200,
        array['新客', '标签' || n % 100] || case when n % 1000 = 0 then array['稀有'] else '{}' end, '小芽老师',
        (\(keepers))[1 + n % \(keepers.count)::integer], 500, case when n % 10 > 0 then n % 500 end,
        case when n % 50 = 0 then 'full' when n % 400 = 1 then 'closed' else 'open' end
      from generate_series(1, \(count)::integer) n
      """)
    try await query(
      """
      with chosen as (select id from groups where external_id like '%7'), announced as (
        insert into announcements (id, group_id, text) select gen_random_uuid(), id, repeat('今晚八点开团', 100) from chosen
        returning id, group_id
      )
      update groups g set announcement_id = a.id from announced a where a.group_id = g.id
      """)
    try await deployment.owner.transaction { transaction in
      for table in ["groups", "announcements"] {
        _ = try await transaction.query("analyze \(identifier: brand.schema).\(identifier: table)")
      }
    }
  }
}
