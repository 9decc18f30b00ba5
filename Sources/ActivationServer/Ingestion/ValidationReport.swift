import ActivationCore

/// What is wrong with a single message, in the shape of Adobe's synchronous validation (BEHAVIOUR 6.1).
struct ValidationReport {
    /// The broken rule.
    var error: MessageError

    /// The `report` member of the problem details.
    var json: JSONValue {
        [
            "message": "the message is not valid and was not stored",
            "cause": [
                "_streamingValidation": [
                    [
                        "schemaLocation": "#",
                        "pointerToViolation": .string("#" + error.pointer),
                        "causingExceptions": [],
                        "keyword": .string(error.keyword),
                        "code": .string(error.code),
                        "message": .string(error.message),
                    ]
                ]
            ],
        ]
    }
}
