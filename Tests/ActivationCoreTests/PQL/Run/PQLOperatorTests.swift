import ActivationCore
import Testing

struct PQLOperatorTests {
    @Test(arguments: [
        ("not vip = false", "true"), ("!vip = false", "true"), ("false and false or true", "true"),
        ("true or false and false", "true"), ("not true or true", "true"), ("10 - 4 - 3", "3"), ("12 / 3 / 2", "2"),
        ("2 + 3 * 4 - 1", "13"), ("-2 * -3", "6"), ("7 % 4 * 2", "6"), ("-7 % 4", "-3"), ("7 % -4", "3"),
        ("(2 + 3) * 4", "20"), ("1 + 1 = 2 and 2 = 1 + 1", "true"), ("let a = 1 in a + 1", "2"),
        ("let a = (1 in [1]) in a", "true"), ("let a = 2 in let b = a * a in b - a", "2"),
        ("NOT TRUE", "false"), ("1 IN [1] AND 2 NotIn [1]", "true"), ("- - 3", "3"),
    ])
    func `operators bind in the documented order`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }

    @Test(arguments: [
        ("9223372036854775807 + 1", "9.223372036854776e18"), ("-9223372036854775807 - 1", "-9223372036854775808"),
        ("9223372036854775807 * 2 > 9223372036854775807", "true"), ("0.1 + 0.2 > 0.3", "true"), ("3 / 2", "1.5"),
        ("9007199254740993 = 9007199254740992.0", "false"), ("9007199254740992 = 9007199254740992.0", "true"),
        ("9223372036854775807 < 9223372036854775808.0", "true"), ("1.0e308 * 10", "null"),
        ("3 = \"3\"", "false"), ("3 != \"3\"", "true"), ("true = \"true\"", "false"), ("3 < \"4\"", "false"),
        ("true > false", "false"), ("1 < 2.5", "true"), ("2.5 >= 2.5", "true"), ("5.5 % 2", "1.5"),
        ("age * \"x\".count()", "null"),
    ])
    func `numbers compare and combine by value`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }

    @Test(arguments: [
        ("\"a\" < \"b\"", "true"), ("\"B\" < \"a\"", "true"), ("\"a\" < \"ab\"", "true"),
        ("\"é\" = \"e\u{301}\"", "false"),
        ("\"é\" > \"z\"", "true"), ("\"\\u00e9\" = \"é\"", "true"), ("\"\\uD83D\\uDE00\" = \"😀\"", "true"),
        ("\"\\d\" = \"\\\\d\"", "true"), ("\"a\\/b\" = \"a/b\"", "true"), ("\"ÄÖ\".equals(\"äö\", false)", "true"),
        ("city.contains(\"hen\")", "true"), ("city.contains(\"HEN\", false)", "true"), ("city.contains(\"\")", "true"),
        ("city.endsWith(\"NT\", false)", "true"), ("city.doesNotEndWith(\"nt\")", "false"),
        ("city.doesNotStartWith(\"g\")", "true"), ("age.equals(34)", "true"), ("vip.equals(true)", "true"),
        ("age.startsWith(\"3\")", "false"), ("age.doesNotStartWith(\"3\")", "false"),
        ("city like \"%\"", "true"), ("city like \"\"", "false"), ("\"50%\" like \"50\\%\"", "true"),
        ("\"50x\" like \"50\\%\"", "false"), ("\"a_b\" like \"a\\_b\"", "true"), ("\"😀\" like \"_\"", "true"),
        ("\"aXbXc\" like \"a%X%c\"", "true"), ("\"abcabd\" like \"%abd\"", "true"),
        ("equals(city, \"Ghent\")", "true"), ("startsWith(city, \"Gh\")", "true"),
    ])
    func `texts compare by their bytes`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }

    @Test(arguments: [
        ("tags = \"red\"", "true"), ("tags != \"red\"", "false"), ("tags != \"blue\"", "true"),
        ("hobbies = \"x\"", "false"), ("hobbies != \"x\"", "false"), ("tags in [\"teal\"]", "true"),
        ("tags notIn [\"teal\"]", "false"), ("tags notIn [\"blue\"]", "true"), ("\"red\" in tags", "true"),
        ("city in \"Ghent\"", "true"), ("tags.contains(\"ea\")", "true"), ("tags.doesNotContain(\"ea\")", "false"),
        ("tags.doesNotContain(\"zz\")", "true"), ("tags like \"t%\"", "true"), ("tags.matches(\"^t\")", "true"),
        ("[1, 2, 2] = [2, 1, 2]", "true"), ("[1, 2] = [1, 2, 2]", "false"), ("[1] = [1.0]", "true"),
        ("{\"a\": 1, \"b\": 2} = {\"b\": 2, \"a\": 1.0}", "true"), ("{\"a\": 1} = {\"a\": 2}", "false"),
        ("loyalty.tier[\"x\"]", "null"), ("loyalty[\"tier\"]", "\"gold\""), ("scores[x = 4].count()", "1"),
        ("orders[amount > 10][shop = \"B\"].no", "[2]"), ("orders.at < date(2026, 3, 10)", "true"),
        ("born = date(1991, 3, 7)", "true"), ("\"no date\" < date(2026, 1, 1)", "false"),
        ("date(2026, 4, 1)", "\"2026-04-01\""), ("date(2026, 4, 1) < date(2026, 4, 2)", "true"),
        ("now", "\"2026-03-10T12:00:00.000Z\""), ("now > renewal", "false"),
    ])
    func `arrays, objects and times follow their rules`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }
}
