extension TableShape {
    /// What stands in the first line, or does not.
    static let headers = [
        TableShape(
            "no header, which is said",
            utf8("a1,x\na2,y\n"),
            hasHeader: false,
            columns: ["1", "2"],
            rows: [(1, ["a1", "x"]), (2, ["a2", "y"])]
        ),
        TableShape(
            "columns of one name",
            utf8("id,name,name\na1,x,y\n"),
            columns: ["id", "name", "name"],
            rows: [(2, ["a1", "x", "y"])]
        ),
        TableShape(
            "columns without a name",
            utf8("id,,name,\na1,x,y,z\n"),
            columns: ["id", "", "name", ""],
            rows: [(2, ["a1", "x", "y", "z"])]
        ),
        TableShape(
            "delimiters at the end of header and rows",
            utf8("id;name;\r\na1;x;\r\na2;y;\r\n"),
            columns: ["id", "name", ""],
            rows: [(2, ["a1", "x", ""]), (3, ["a2", "y", ""])]
        ),
        TableShape(
            "delimiters at the end of rows alone",
            utf8("id;name\r\na1;x;\r\na2;y;\r\n"),
            columns: ["id", "name"],
            rows: [],
            refused: ["2:6 CSV_WIDTH", "3:6 CSV_WIDTH"],
            cure: "a delimiter at the line's end makes an empty cell"
        ),
        TableShape(
            "a delimiter at the end of the header alone",
            utf8("id;name;\r\na1;x\r\n"),
            columns: ["id", "name", ""],
            rows: [],
            refused: ["2:4 CSV_WIDTH"],
            cure: "empty cells need their delimiters"
        ),
        TableShape(
            "PowerShell's line #TYPE is taken for the header, and no row passes",
            utf8("#TYPE System.Management.Automation.PSCustomObject\r\n\"id\",\"name\"\r\n\"a1\",\"x\"\r\n"),
            columns: ["#TYPE System.Management.Automation.PSCustomObject"],
            rows: [],
            refused: ["2:6 CSV_WIDTH", "3:6 CSV_WIDTH"],
            cure: "1 columns"
        ),
        TableShape("only a header", utf8("id,name\r\n"), columns: ["id", "name"], rows: []),
        TableShape("only a header without a line end", utf8("id,name"), columns: ["id", "name"], rows: []),
        TableShape("nothing", [], failure: "CSV_HEADER", ["has no header"]),
        TableShape("nothing but a mark", utf8("\u{FEFF}"), failure: "CSV_HEADER", ["has no header"]),
        TableShape("nothing but blank lines", utf8("\n\r\n\n"), failure: "CSV_HEADER", ["has no header"]),
        TableShape("nothing, without a header", [], hasHeader: false, failure: "CSV_HEADER", ["has no row"]),
    ]

    /// What programs write in cells.
    static let values = [
        TableShape(
            "seconds, milliseconds and days since 1970, and local times",
            utf8(
                "id,at\na1,1772442904\na2,1772442904123\na3,2026-03-02\na4,2026-03-02 09:15:04\na5,02.03.2026 09:15\n"
                    + "a6,3/2/2026 9:15 AM\na7,46083.385\na8,2026-03-02T10:15:04+01:00\n"
            ),
            columns: ["id", "at"],
            rows: [
                (2, ["a1", "1772442904"]), (3, ["a2", "1772442904123"]), (4, ["a3", "2026-03-02"]),
                (5, ["a4", "2026-03-02 09:15:04"]), (6, ["a5", "02.03.2026 09:15"]), (7, ["a6", "3/2/2026 9:15 AM"]),
                (8, ["a7", "46083.385"]), (9, ["a8", "2026-03-02T10:15:04+01:00"]),
            ],
            cure: "RFC 3339 with a time zone",
            kind: "timestamp",
            unsent: ["5:4 CSV_VALUE", "6:4 CSV_VALUE", "7:4 CSV_VALUE", "8:4 CSV_VALUE"],
            sent: [
                "2026-03-02T09:15:04Z", "2026-03-02T09:15:04.123Z", "2026-03-02T00:00:00Z", "2026-03-02T10:15:04+01:00",
            ]
        ),
        TableShape(
            "decimal commas and thousands",
            utf8("id;total\na1;1,5\na2;1.234,56\na3;1 234\na4;1234.56\na5;-3\n"),
            columns: ["id", "total"],
            rows: [
                (2, ["a1", "1,5"]), (3, ["a2", "1.234,56"]), (4, ["a3", "1 234"]), (5, ["a4", "1234.56"]),
                (6, ["a5", "-3"]),
            ],
            cure: "decimal point",
            kind: "number",
            unsent: ["2:4 CSV_VALUE", "3:4 CSV_VALUE", "4:4 CSV_VALUE"],
            sent: ["1234.56", "-3"]
        ),
        TableShape(
            "leading zeros",
            utf8("id,zip\n0012,01067\n00012,\"00042\"\n"),
            columns: ["id", "zip"],
            rows: [(2, ["0012", "01067"]), (3, ["00012", "00042"])]
        ),
        TableShape(
            "identities that a program made numbers of",
            utf8("id,name\n4.91512E+12,x\n491512345678,y\n1E12,z\n49151234567.0,w\n"),
            columns: ["id", "name"],
            rows: [
                (2, ["4.91512E+12", "x"]), (3, ["491512345678", "y"]), (4, ["1E12", "z"]), (5, ["49151234567.0", "w"]),
            ],
            cure: "as text",
            unsent: ["2:1 CSV_VALUE", "5:1 CSV_VALUE"]
        ),
        TableShape(
            "blanks around cells stay",
            utf8("id,name\n a1 , x \n"),
            columns: ["id", "name"],
            rows: [(2, [" a1 ", " x "])]
        ),
        TableShape(
            "rows of nothing",
            utf8("id,name\n,\na1,x\n,,,\n\"\",\"\"\n"),
            columns: ["id", "name"],
            rows: [(3, ["a1", "x"])],
            empty: [2, 4, 5]
        ),
        TableShape(
            "the byte order mark inside a text is a character",
            utf8("id,name\na1,x\u{FEFF}y\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "x\u{FEFF}y"])]
        ),
    ]

    /// What was cut, put together or is no text.
    static let damages = [
        TableShape(
            "files put together with their marks",
            utf8("\u{FEFF}id,name\na1,x\n\u{FEFF}id,name\na2,y\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "x"]), (4, ["a2", "y"])],
            refused: ["3:1 CSV_FILES_JOINED"],
            cure: "one by one"
        ),
        TableShape(
            "files put together without marks, the first one without a last line end",
            utf8("id,name\na1,xid,name\na2,y\nid,name\na3,z\n"),
            columns: ["id", "name"],
            rows: [(3, ["a2", "y"]), (5, ["a3", "z"])],
            refused: ["2:8 CSV_WIDTH", "4:1 CSV_FILES_JOINED"],
            cure: "header once more"
        ),
        TableShape(
            "ragged rows",
            utf8("id,name,zip\na1\na2,x\na3,x,1\na4,x,1,2\n"),
            columns: ["id", "name", "zip"],
            rows: [(4, ["a3", "x", "1"])],
            refused: ["2:1 CSV_WIDTH", "3:4 CSV_WIDTH", "5:8 CSV_WIDTH"],
            cure: "3 columns"
        ),
        TableShape(
            "a width that is wrong behind quotes and lines",
            utf8("id,name\n\"a\"\"1\",\"two\nlines\",\"ä\"\n"),
            columns: ["id", "name"],
            rows: [],
            refused: ["3:8 CSV_WIDTH"],
            cure: "3 cells"
        ),
        TableShape(
            "a file cut off in a quote",
            utf8("id,name\na1,x\na2,\"begun"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "x"])],
            refused: ["3:4 CSV_QUOTE"],
            cure: "no closing quote"
        ),
        TableShape(
            "a file cut off in a character",
            utf8("id,name\na1,x\na2,J") + [0xC3],
            columns: ["id", "name"],
            rows: [(2, ["a1", "x"])],
            refused: ["3:5 ENCODING"],
            cure: "not UTF-8"
        ),
        TableShape(
            "a file of UTF-16 cut off in a unit",
            utf16("\u{FEFF}id,name\na1,x\na2,y") + [0x7A],
            columns: ["id", "name"],
            rows: [(2, ["a1", "x"])],
            refused: ["3:5 ENCODING"],
            cure: "cut off"
        ),
        TableShape(
            "a file cut off in the header's quote",
            utf8("id,\"name"),
            failure: "CSV_HEADER",
            ["line 1, column 4", "no closing quote"]
        ),
        TableShape(
            "stray quotes cost their lines",
            utf8("id,name\na1,5\" pipe\na2,\"x\" y\na3,\"open\na4,x\n"),
            columns: ["id", "name"],
            rows: [(5, ["a4", "x"])],
            refused: ["2:5 CSV_QUOTE", "3:7 CSV_QUOTE", "4:4 CSV_QUOTE"],
            cure: "quote"
        ),
        TableShape(
            "gzip under a name of CSV",
            [0x1F, 0x8B, 8, 0, 0, 0],
            failure: "FILE_NOT_TEXT",
            ["gzip", "unpack it"]
        ),
        TableShape(
            "a workbook under a name of CSV",
            utf8("PK\u{3}\u{4}") + [0x14, 0, 6, 0],
            failure: "FILE_NOT_TEXT",
            [".xlsx", "save the sheet as CSV"]
        ),
        TableShape(
            "bytes of any kind",
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D],
            failure: "CSV_HEADER",
            ["line 1, column 1"]
        ),
    ]
}
