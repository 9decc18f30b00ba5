import Foundation

/// Runs python3, whose OpenAPI validator knows nothing of us.
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
