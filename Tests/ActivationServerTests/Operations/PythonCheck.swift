import Foundation

/// Runs python3, whose validators of OpenAPI and JSON Schema know nothing of us.
enum PythonCheck {
    /// Whether the validator is installed: `pip install openapi-spec-validator`.
    static let hasValidator = (try? run("import openapi_spec_validator; print('yes', end='')", input: "")) == "yes"

    /// `valid`, or what the validator says.
    static func validateOpenAPI(_ document: String) throws -> String {
        try run(
            """
            import json, sys
            from openapi_spec_validator import OpenAPIV31SpecValidator
            errors = [error.message for error in OpenAPIV31SpecValidator(json.load(sys.stdin)).iter_errors()]
            print("; ".join(errors) or "valid", end="")
            """,
            input: document
        )
    }

    /// `valid`, or what a validator of draft 2020-12 finds wrong with the schema or with any of the texts.
    static func validate(_ texts: [String], by schema: String) throws -> String {
        let list = #"{"schema":\#(schema),"texts":[\#(texts.joined(separator: ","))]}"#
        return try run(
            """
            import json, sys
            from jsonschema import Draft202012Validator
            given = json.load(sys.stdin)
            Draft202012Validator.check_schema(given["schema"])
            validator = Draft202012Validator(given["schema"], format_checker=Draft202012Validator.FORMAT_CHECKER)
            errors = [error.json_path + " " + error.message for text in given["texts"] for error in validator.iter_errors(text)]
            print("; ".join(errors) or "valid", end="")
            """,
            input: list
        )
    }

    private static func run(_ program: String, input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        let (input, stdin, stdout) = (input, Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        // The program reads everything before it writes, so neither pipe can fill while the other waits.
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
