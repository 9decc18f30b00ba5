import Testing

/// A file as some program writes it, and what `headwater ingest` makes of it.
struct SpreadsheetShape: Sendable, CustomTestStringConvertible {
    /// What becomes of the file.
    enum Outcome: Sendable {
        /// These people are sent, and these lines are refused: `line:column CODE`, with words of the cure.
        case rows([String], refused: [String] = [], cure: String = "")
        /// Nothing is sent; the message has these words.
        case failure([String])
    }

    var name: String
    var bytes: [UInt8]
    var arguments: [String] = []
    var file = "people.csv"
    var outcome: Outcome

    var testDescription: String { name }

    /// The mapping when a shape has none of its own.
    static let mapping = ["--map", "email=identityMap.Email", "--map", "name=name"]

    static let all: [SpreadsheetShape] = [
        SpreadsheetShape(
            name: "Excel, CSV UTF-8: byte order mark, CRLF",
            bytes: utf8("\u{FEFF}email,name\r\njörg@example.com,Jörg\r\njürg@example.com,Jürg\r\n"),
            outcome: .rows(["jörg@example.com|Jörg", "jürg@example.com|Jürg"])
        ),
        SpreadsheetShape(
            name: "byte order mark before a quoted header",
            bytes: utf8("\u{FEFF}\"email\",\"name\"\r\n\"a@example.com\",\"Ada, Countess\"\r\n"),
            outcome: .rows(["a@example.com|Ada, Countess"])
        ),
        SpreadsheetShape(
            name: "Excel de-DE, CSV: windows-1252 and semicolons, encoding not said",
            bytes: latin("email;name\r\nj\u{F6}rg@example.com;x\r\nj\u{FC}rg@example.com;y\r\nada@example.com;z\r\n"),
            outcome: .rows(
                ["ada@example.com|z"],
                refused: ["2:2 ENCODING", "3:2 ENCODING"],
                cure: "--encoding windows-1252"
            )
        ),
        SpreadsheetShape(
            name: "Excel de-DE, CSV: windows-1252 and semicolons, encoding said",
            bytes: latin("email;name\r\nj\u{F6}rg@example.com;J\u{F6}rg \u{80}5\r\n"),
            arguments: ["--encoding", "windows-1252"],
            outcome: .rows(["jörg@example.com|Jörg €5"])
        ),
        SpreadsheetShape(
            name: "windows-1252 with a byte that it does not define",
            bytes: latin("email;name\r\na@example.com;x\u{81}\r\nb@example.com;y\r\n"),
            arguments: ["--encoding", "windows-1252"],
            outcome: .rows(["b@example.com|y"], refused: ["2:16 ENCODING"], cure: "0x81")
        ),
        SpreadsheetShape(
            name: "ISO 8859-1 that is windows-1252 in truth",
            bytes: latin("email;name\r\na@example.com;\u{93}x\u{94}\r\nb@example.com;\u{E9}\r\n"),
            arguments: ["--encoding", "iso-8859-1"],
            outcome: .rows(["b@example.com|é"], refused: ["2:15 ENCODING"], cure: "--encoding windows-1252")
        ),
        SpreadsheetShape(
            name: "Excel, Unicode Text: UTF-16 little endian, tabs",
            bytes: utf16("\u{FEFF}email\tname\r\nžofie@example.com\t\"say \"\"hi\"\"\"\r\n😀@example.com\t\r\n"),
            outcome: .rows(["žofie@example.com|say \"hi\"", "😀@example.com|"])
        ),
        SpreadsheetShape(
            name: "UTF-16 big endian with its mark",
            bytes: utf16("\u{FEFF}email,name\nžofie@example.com,Žofie\n", bigEndian: true),
            outcome: .rows(["žofie@example.com|Žofie"])
        ),
        SpreadsheetShape(
            name: "UTF-16 without a mark, encoding said",
            bytes: utf16("email;name\r\njörg@example.com;Jörg\r\n"),
            arguments: ["--encoding", "utf-16"],
            outcome: .rows(["jörg@example.com|Jörg"])
        ),
        SpreadsheetShape(
            name: "UTF-16 without a mark, encoding not said",
            bytes: utf16("email;name\r\njörg@example.com;Jörg\r\n"),
            outcome: .failure(["line 1, column 2", "--encoding utf-16"])
        ),
        SpreadsheetShape(
            name: "UTF-16 with half a character and half a unit",
            bytes: utf16("\u{FEFF}email,name\na@example.com,") + [0x3D, 0xD8]
                + utf16("\nb@example.com,x\nc@example.com,y")
                + [0x41],
            outcome: .rows(["b@example.com|x"], refused: ["2:15 ENCODING", "4:16 ENCODING"])
        ),
        SpreadsheetShape(
            name: "a mark that contradicts what was said",
            bytes: utf16("\u{FEFF}email,name\na@example.com,x\n"),
            arguments: ["--encoding", "windows-1252"],
            outcome: .failure(["utf-16 by its byte order mark", "leave --encoding away"])
        ),
        SpreadsheetShape(
            name: "Numbers de-DE: UTF-8, no mark, semicolons, LF",
            bytes: utf8("email;name\njörg@example.com;Müller, Jörg\n"),
            outcome: .rows(["jörg@example.com|Müller, Jörg"])
        ),
        SpreadsheetShape(
            name: "Google Sheets: CRLF, LF inside a cell, no last line end",
            bytes: utf8("email,name\r\na@example.com,\"two\nlines\"\r\nb@example.com,\"say \"\"hi\"\"\""),
            outcome: .rows(["a@example.com|two\nlines", "b@example.com|say \"hi\""])
        ),
        SpreadsheetShape(
            name: "Excel for Mac, CSV (Macintosh): lone CR",
            bytes: latin("email,name\ra@example.com,x\rj\u{9A}rg@example.com,y\rb@example.com,z\r"),
            outcome: .rows(["a@example.com|x", "b@example.com|z"], refused: ["3:2 ENCODING"], cure: "Mac Roman")
        ),
        SpreadsheetShape(
            name: "line ends of all systems after a header with a lone CR, and empty lines",
            bytes: utf8(
                "email,name\ra@example.com,x\n\n\r\nb@example.com,y\rc@example.com,\"p\rq\r\nr\ns\"\r\n,\r\nd@example.com\n"
            ),
            outcome: .rows(
                ["a@example.com|x", "b@example.com|y", "c@example.com|p\rq\r\nr\ns"],
                refused: ["11:1 CSV_WIDTH"]
            )
        ),
        SpreadsheetShape(
            name: "line ends of two systems, and empty lines",
            bytes: utf8("email,name\r\na@example.com,x\n\n\r\nc@example.com,\"p\rq\r\nr\ns\"\r\n,\r\nd@example.com\n"),
            outcome: .rows(["a@example.com|x", "c@example.com|p\rq\r\nr\ns"], refused: ["9:1 CSV_WIDTH"])
        ),
        SpreadsheetShape(
            name: "Python, csv.writer with LF: a lone CR in a cell without quotes",
            bytes: utf8(
                "email,name\na@example.com,Main St 5\rFlat 2\nb@example.com,x\nc@example.com\r,\"y\nz\"\nd@example.com,w\r"
            ),
            outcome: .rows(
                ["b@example.com|x", "d@example.com|w"],
                refused: ["2:24 CSV_LINE_END", "4:14 CSV_LINE_END"],
                cure: "put the cell in quotes"
            )
        ),
        SpreadsheetShape(
            name: "a lone CR after a stray quote",
            bytes: utf8("email,name\na@example.com,5\"\rb@example.com,x\nc@example.com,y\n"),
            outcome: .rows(["c@example.com|y"], refused: ["2:16 CSV_QUOTE"])
        ),
        SpreadsheetShape(
            name: "a header with LF before rows with a lone CR",
            bytes: utf8("email,name\na@example.com,x\rb@example.com,y\r"),
            outcome: .rows([], refused: ["2:16 CSV_LINE_END"], cure: "line ends alike")
        ),
        SpreadsheetShape(
            name: "Excel's line sep=;",
            bytes: utf8("\u{FEFF}sep=;\r\nemail;name\r\njörg@example.com;a,b\r\n"),
            outcome: .rows(["jörg@example.com|a,b"])
        ),
        SpreadsheetShape(
            name: "sep= against --delimiter",
            bytes: utf8("sep=;\r\nemail;name\r\na@example.com;a,b\r\n"),
            arguments: ["--delimiter", ","],
            outcome: .failure(["line 1", "leave --delimiter away"])
        ),
        SpreadsheetShape(
            name: "LibreOffice de-DE: quoted texts, decimal comma and local dates",
            bytes: utf8(
                "\"email\";\"total\";\"day\"\n\"a@example.com\";1,5;2026-12-31\n\"b@example.com\";1.234,56;2026-12-31\n"
                    + "\"c@example.com\";12.50;31.12.2026\n\"d@example.com\";12.50;2026-12-31\n"
            ),
            arguments: [
                "--map", "email=identityMap.Email", "--map", "total=name:number", "--map", "day=day:timestamp",
            ],
            outcome: .rows(
                ["d@example.com|12.50"],
                refused: ["2:17 CSV_VALUE", "3:17 CSV_VALUE", "4:23 CSV_VALUE"],
                cure: "decimal point"
            )
        ),
        SpreadsheetShape(
            name: "formulas that keep leading zeros",
            bytes: utf8(
                "email,name\na@example.com,=\"0012\"\nb@example.com,\"=\"\"0012\"\"\"\nc@example.com,0012\n"
            ),
            outcome: .rows(["c@example.com|0012"], refused: ["2:16 CSV_QUOTE", "3:15 CSV_VALUE"], cure: "formula")
        ),
        SpreadsheetShape(
            name: "phone numbers that Excel shortened, and lookups that failed",
            bytes: utf8("email;name\r\n4,91512E+12;x\r\n4,91512E+12;y\r\n#NV;z\r\n+4915123;w\r\n"),
            outcome: .rows(
                ["+4915123|w"],
                refused: ["2:1 CSV_VALUE", "3:1 CSV_VALUE", "4:1 CSV_VALUE"],
                cure: "as text"
            )
        ),
        SpreadsheetShape(
            name: "trailing delimiters and rows of nothing",
            bytes: utf8("email;name;\r\na@example.com;x;\r\n;;\r\n;;\r\n"),
            outcome: .rows(["a@example.com|x"])
        ),
        SpreadsheetShape(
            name: "ragged rows",
            bytes: utf8("email,name\na@example.com\nb@example.com,x,y\nc@example.com,z,\nd@example.com,w\n"),
            outcome: .rows(
                ["d@example.com|w"],
                refused: ["2:1 CSV_WIDTH", "3:17 CSV_WIDTH", "4:17 CSV_WIDTH"],
                cure: "2 columns"
            )
        ),
        SpreadsheetShape(
            name: "stray quotes cost their rows alone",
            bytes: utf8(
                "email,name\na@example.com,5\" pipe\nb@example.com,\"Joe \"Jr\" B\"\nc@example.com,\"no end\n"
                    + "d@example.com,\"fine\"\ne@example.com, \"blank\"\nf@example.com,\"no end\ng@example.com,last\n"
            ),
            outcome: .rows(
                ["d@example.com|fine", "g@example.com|last"],
                refused: ["2:16 CSV_QUOTE", "3:21 CSV_QUOTE", "4:15 CSV_QUOTE", "6:16 CSV_QUOTE", "7:15 CSV_QUOTE"],
                cure: "quote"
            )
        ),
        SpreadsheetShape(
            name: "a stray quote that a later cell closes",
            bytes: utf8(
                "email,name\na@example.com,\"\nb@example.com,x\nc@example.com,\"y\"\nd@example.com,\"\ne@example.com,\"z\n"
            ),
            outcome: .rows(
                ["b@example.com|x", "c@example.com|y"],
                refused: ["2:15 CSV_QUOTE", "5:15 CSV_QUOTE", "6:15 CSV_QUOTE"],
                cure: "1 line further on"
            )
        ),
        SpreadsheetShape(
            name: "two columns of one name, both identities",
            bytes: utf8("email,email,name\na@example.com,b@example.com,x\n"),
            outcome: .rows(["a@example.com+b@example.com|x"])
        ),
        SpreadsheetShape(
            name: "two columns of one name, an attribute",
            bytes: utf8("email,name,name\na@example.com,x,y\n"),
            outcome: .failure(["\"name\" more than once", "columns 2 and 3"])
        ),
        SpreadsheetShape(
            name: "a no-break space after a name",
            bytes: utf8("email\u{A0},name\na@example.com,x\n"),
            outcome: .failure(["\"email\\u{A0}\"", "written differently"])
        ),
        SpreadsheetShape(
            name: "semicolons and commas in the header",
            bytes: utf8("email;name, first\na@example.com;x\n"),
            outcome: .failure(["comma or semicolon", "--delimiter"])
        ),
        SpreadsheetShape(
            name: "a pipe between cells",
            bytes: utf8("email|name\na@example.com|x,y;z\n"),
            outcome: .rows(["a@example.com|x,y;z"])
        ),
        SpreadsheetShape(
            name: "tabs by the file's name, with commas in the header",
            bytes: utf8("email\tname\tlast, first\na@example.com\tx\ty\n"),
            file: "people.tsv",
            outcome: .rows(["a@example.com|x"])
        ),
        SpreadsheetShape(
            name: "UTF-8 with bytes of windows-1252, overlong forms, surrogates and zero bytes",
            bytes: utf8("email,name\nä@example.com,") + [0xF6] + utf8("\na@example.com,") + [0xC0, 0xAF]
                + utf8("\nb@example.com,") + [0xED, 0xA0, 0x80] + utf8("\nc@example.com,x\0y\nd@example.com,ok\n"),
            outcome: .rows(
                ["d@example.com|ok"],
                refused: ["2:15 ENCODING", "3:15 ENCODING", "4:15 ENCODING", "5:16 ENCODING"]
            )
        ),
        SpreadsheetShape(
            name: "exports with quotes put together, with and without a line end between them",
            bytes: utf8(
                "\u{FEFF}email,name\na@example.com,x\n\u{FEFF}\"email\",\"name\"\nb@example.com,\"y\"\u{FEFF}\"email\",\"name\"\n"
                    + "c@example.com,z\u{FEFF}\"email\",\"name\"\nd@example.com,z\u{FEFF}email,name\ne@example.com,w\n"
            ),
            outcome: .rows(
                ["a@example.com|x", "e@example.com|w"],
                refused: [
                    "3:2 CSV_FILES_JOINED", "4:18 CSV_FILES_JOINED", "5:17 CSV_FILES_JOINED", "6:15 CSV_FILES_JOINED",
                ],
                cure: "one by one"
            )
        ),
        SpreadsheetShape(
            name: "two exports put together",
            bytes: utf8("\u{FEFF}email,name\na@example.com,x\n\u{FEFF}email,name\nb@example.com,y\nemail,name\n"),
            outcome: .rows(
                ["a@example.com|x", "b@example.com|y"],
                refused: ["3:1 CSV_FILES_JOINED", "5:1 CSV_FILES_JOINED"]
            )
        ),
        SpreadsheetShape(
            name: "a workbook",
            bytes: utf8("PK\u{3}\u{4}") + [0x14, 0x00, 0x06, 0x00],
            outcome: .failure([".xlsx", "save the sheet as CSV"])
        ),
        SpreadsheetShape(
            name: "gzip",
            bytes: [0x1F, 0x8B, 0x08, 0x00],
            outcome: .failure(["gzip", "gunzip", "--format csv"])
        ),
        SpreadsheetShape(name: "nothing", bytes: [], outcome: .failure(["has no header"])),
        SpreadsheetShape(
            name: "a header that is no text",
            bytes: latin("email;n\u{E4}me\r\na@example.com;x\r\n"),
            outcome: .failure(["line 1, column 8", "--encoding windows-1252"])
        ),
    ]

    private static func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// One byte per character.
    private static func latin(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private static func utf16(_ text: String, bigEndian: Bool = false) -> [UInt8] {
        text.utf16.flatMap { unit in
            let pair = [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
            return bigEndian ? pair.reversed() : pair
        }
    }
}
