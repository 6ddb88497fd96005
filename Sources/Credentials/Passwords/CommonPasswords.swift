/// The passwords that an attacker tries first.
enum CommonPasswords {
  /// - Parameter password: in lower case.
  static func contains(_ password: String) -> Bool {
    let stem = stem(of: password)
    return list.contains(password) || chinese.contains(stem) && password.count - stem.count <= usualPadding
  }

  static let list: Set<String> = Set(
    String(decoding: PackageResources.common_passwords_txt, as: UTF8.self)
      .split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))

  /// As many figures and marks as people put around a word; more of them may be worth something.
  private static let usualPadding = 10

  /// What people in China begin theirs with; the usual figures and marks around it make it no rarer.
  static let chinese: Set<String> = [
    "woaini", "woaiwojia", "woaiziji", "aini", "wo5201314", "iloveyou", "loveyou", "nihao", "nihaoma", "asd",
    "asdf", "asdasd", "qaz", "qazwsx", "qwe", "qweasd", "qweasdzxc", "qwer", "qwert", "qwerty", "zxc", "zxcv",
    "zxcvbn", "zxcvbnm", "abc", "abcd", "a", "aa", "aaa", "q", "qq", "w", "z", "mima", "password", "passwd",
    "admin", "administrator", "root", "user", "test", "guest", "welcome", "letmein", "changeme", "default",
    "secret", "master", "dragon", "monkey", "superman", "taobao", "alibaba", "baidu", "tencent", "weixin", "wechat",
    "wecom", "qiyeweixin", "zhifubao", "weibo", "douyin", "china", "zhongguo", "beijing", "shanghai", "guangzhou",
    "shenzhen", "hangzhou", "wangwei", "wanglei", "zhangwei", "zhangjie", "liwei", "xiaoming", "xiaobao", "baobao",
    "baobei", "laopo", "laogong", "mama", "baba", "tiantian", "haohao", "kaixin", "xingfu", "pingan", "jiankang",
    "facai", "gongxi", "caonima", "wodemima", "shengri", "kele", "p@ssw0rd", "p@ssword", "passw0rd", "pa$$w0rd",
  ]

  /// The password without figures and marks at either end: `Woaini5201314!` begins with the same thought as `woaini`.
  private static func stem(of password: String) -> String {
    let isPadding = { (character: Character) in !character.isLetter && character != "@" && character != "$" }
    let head = password.drop(while: isPadding)
    return String(head.reversed().drop { !$0.isLetter }.reversed())
  }
}
