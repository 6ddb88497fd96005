import Postgres
import Testing

@Suite struct SQLTests {
  @Test func numbersValues() {
    let sql: SQL = "select \(1), \("a"), \(nil as Int?)"
    #expect(sql.text == "select $1, $2, $3")
    #expect(sql.parameterCount == 3)
  }

  @Test func numbersPiecesAnew() {
    let filter: SQL = "state = \("open") and size > \(10)"
    let other: SQL = "(\(filter) or id = \(7))"
    let sql: SQL = "select \(1) from t where \(other) and \(filter)"
    #expect(
      sql.text == "select $1 from t where (state = $2 and size > $3 or id = $4) and state = $5 and size > $6")
    #expect(sql.parameterCount == 6)
  }

  @Test func manyPiecesKeepTheirOrder() {
    var sql: SQL = "select \(0)"
    for number in 1...12 { sql = "\(sql), \(number)" }
    #expect(sql.text == "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13")
  }

  @Test func quotesNamesAndLiterals() {
    let sql: SQL = "select \(identifier: "odd\"name") from t where a = \(literal: "it's") and b = \(literal: #"c:\x"#)"
    #expect(sql.text == #"select "odd""name" from t where a = 'it''s' and b =  E'c:\\x'"#)
  }

  @Test func hidesValues() {
    let sql: SQL = "select \("secret")"
    #expect(!"\(sql)".contains("secret"))
  }
}
