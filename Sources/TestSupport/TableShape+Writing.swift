extension TableShape {
    /// What stands between cells and around them, and what ends lines.
    static let delimiters = [
        TableShape(
            "semicolons, as in most of Europe",
            utf8("id;name\r\na1;Müller, Jörg\r\na2;\"x;y\"\r\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "Müller, Jörg"]), (3, ["a2", "x;y"])]
        ),
        TableShape(
            "tabs, with spaces, commas and quotes in cells",
            utf8("id\tname\na1\tx, y\na2\t\"tab\there\"\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "x, y"]), (3, ["a2", "tab\there"])]
        ),
        TableShape(
            "pipes",
            utf8("id|name\na1|x;y\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "x;y"])]
        ),
        TableShape(
            "another delimiter, which is said",
            utf8("id~name\na1~x,y\n"),
            delimiter: "~",
            columns: ["id", "name"],
            rows: [(2, ["a1", "x,y"])]
        ),
        TableShape(
            "delimiters, quotes and lines in quotes",
            utf8("id,name\r\na1,\"x,y\"\r\na2,\"say \"\"hi\"\"\"\r\na3,\"two\r\nlines\"\r\na4,\"\"\r\na5,\"\"\"\"\r\n"),
            columns: ["id", "name"],
            rows: [
                (2, ["a1", "x,y"]), (3, ["a2", "say \"hi\""]), (4, ["a3", "two\r\nlines"]), (6, ["a4", ""]),
                (7, ["a5", "\""]),
            ]
        ),
        TableShape(
            "everything in quotes, the header too, and line ends in it",
            utf8("\"id\",\"the\nname\"\n\"a1\",\"x\"\n"),
            columns: ["id", "the\nname"],
            rows: [(3, ["a1", "x"])]
        ),
        TableShape(
            "lines of an old Mac",
            utf8("id,name\ra1,x\ra2,\"p\rq\"\ra3,y"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "x"]), (3, ["a2", "p\rq"]), (5, ["a3", "y"])]
        ),
        TableShape(
            "a lone CR in a file of LF",
            utf8("id,name\na1,x\ry\na2,\"x\ry\"\n"),
            columns: ["id", "name"],
            rows: [(3, ["a2", "x\ry"])],
            refused: ["2:5 CSV_LINE_END"],
            cure: "put the cell in quotes"
        ),
        TableShape(
            "blank lines anywhere",
            utf8("\r\n\nid,name\r\n\r\na1,x\n\n\n\na2,y\r\n\r\n"),
            columns: ["id", "name"],
            rows: [(5, ["a1", "x"]), (9, ["a2", "y"])]
        ),
        TableShape(
            "sep=; with and without quotes",
            utf8("\"sep=;\"\nid;name\na1;x,y\n"),
            columns: ["id", "name"],
            rows: [(3, ["a1", "x,y"])]
        ),
        TableShape(
            "sep= for a tab",
            utf8("sep=\t\r\nid\tname\r\na1\tx\r\n"),
            columns: ["id", "name"],
            rows: [(3, ["a1", "x"])]
        ),
        TableShape(
            "sep= without a delimiter",
            utf8("sep=\nid;name\na1;x\n"),
            failure: "CSV_DELIMITER",
            ["line 1", "remove the line", "delimiter"]
        ),
        TableShape(
            "one column has no delimiter",
            utf8("id\na1\na2\n"),
            columns: ["id"],
            rows: [(2, ["a1"]), (3, ["a2"])]
        ),
        TableShape(
            "two delimiters that may be meant",
            utf8("id;name, first\na1;x\n"),
            failure: "CSV_DELIMITER",
            ["line 1", "comma or semicolon", "say which with"]
        ),
        TableShape(
            "a header of one column, and rows of more",
            utf8("id\na1,x\na2\n"),
            columns: ["id"],
            rows: [(3, ["a2"])],
            refused: ["2:4 CSV_WIDTH"],
            cure: "1 columns"
        ),
    ]

    /// How bytes stand for characters.
    static let encodings = [
        TableShape(
            "UTF-8 with its mark",
            utf8("\u{FEFF}id,name\r\na1,Jörg 😀\r\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "Jörg 😀"])]
        ),
        TableShape(
            "UTF-16 little endian with its mark",
            utf16("\u{FEFF}id\tname\r\na1\tŽofie\r\n"),
            columns: ["id", "name"],
            rows: [(2, ["a1", "Žofie"])]
        ),
        TableShape(
            "UTF-16 big endian with its mark",
            utf16("\u{FEFF}id\tname\r\na1\t😀\r\n", bigEndian: true),
            columns: ["id", "name"],
            rows: [(2, ["a1", "😀"])]
        ),
        TableShape(
            "UTF-16 little endian without a mark, said",
            utf16("id,name\na1,Jörg\n"),
            encoding: "utf-16",
            columns: ["id", "name"],
            rows: [(2, ["a1", "Jörg"])]
        ),
        TableShape(
            "UTF-16 big endian without a mark, said",
            utf16("id,name\na1,Jörg\n", bigEndian: true),
            encoding: "utf-16",
            columns: ["id", "name"],
            rows: [(2, ["a1", "Jörg"])]
        ),
        TableShape(
            "UTF-16 big endian without a mark, not said",
            utf16("id,name\na1,Jörg\n", bigEndian: true),
            failure: "CSV_HEADER",
            ["line 1, column 1", "encoding utf-16"]
        ),
        TableShape(
            "windows-1252, said",
            latin("id;name\r\na1;J\u{F6}rg \u{80}5 \u{96} \u{84}x\u{93}\r\n"),
            encoding: "windows-1252",
            columns: ["id", "name"],
            rows: [(2, ["a1", "Jörg €5 – „x“"])]
        ),
        TableShape(
            "windows-1252, not said",
            latin("id;name\r\na1;J\u{F6}rg\r\na2;x\r\n"),
            columns: ["id", "name"],
            rows: [(3, ["a2", "x"])],
            refused: ["2:5 ENCODING"],
            cure: "encoding windows-1252"
        ),
        TableShape(
            "ISO 8859-1, said",
            latin("id,name\na1,\u{C5}ngstr\u{F6}m\n"),
            encoding: "iso-8859-1",
            columns: ["id", "name"],
            rows: [(2, ["a1", "Ångström"])]
        ),
        TableShape(
            "UTF-8 that is said to be UTF-16",
            utf8("\u{FEFF}id,name\na1,x\n"),
            encoding: "utf-16",
            failure: "FILE_ENCODING",
            ["utf-8 by its byte order mark", "away"]
        ),
        TableShape(
            "UTF-32",
            [0xFF, 0xFE, 0, 0, 0x69, 0, 0, 0],
            failure: "FILE_ENCODING",
            ["UTF-32", "save it as UTF-8"]
        ),
        TableShape(
            "zero bytes",
            utf8("id,name\na1,x\0y\na2,z\n\0\0\0\n"),
            columns: ["id", "name"],
            rows: [(3, ["a2", "z"])],
            refused: ["2:5 ENCODING", "4:1 ENCODING"],
            cure: "zero byte"
        ),
    ]
}
