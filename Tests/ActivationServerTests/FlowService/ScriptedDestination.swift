import ActivationCore
import ActivationEngine
import ActivationServer
import Synchronization
import TestSupport

/// A destination that answers checks as the test says and notes them; Adobe's clients take it for Kinesis.
final class ScriptedDestination: DestinationKind {
    struct State {
        var accounts: [JSONObject] = []
        var targets: [JSONObject] = []
        var failure: DestinationProbeError?
        var targetFailure: DestinationProbeError?
    }

    let state = Mutex(State())
    let landingTime = Duration.seconds(12)

    let spec = DestinationSpec(
        id: "86043421-563b-46ec-8e6c-e23184711bf6",
        name: "Amazon Kinesis",
        category: "cloudStorage",
        signIn: DestinationSignIn(
            name: "Aws Kinesis authentication credentials",
            type: "KeyAuth",
            title: "Access key",
            account: [
                "properties": [
                    "accessKeyId": ["type": "string", "title": "AWS access key"],
                    "secretKey": ["type": "string", "format": "password"],
                    "sessionToken": ["type": "string", "format": "password"],
                ]
            ]
        ),
        targetName: "Stream",
        target: ["properties": ["stream": ["type": "string"]], "required": ["stream"]]
    )

    func fail(_ error: DestinationProbeError?) { state.withLock { $0.failure = error } }

    /// Takes accounts and refuses targets.
    func failTargets(_ error: DestinationProbeError?) {
        state.withLock { ($0.failure, $0.targetFailure) = (nil, error) }
    }

    func check(account: JSONObject) throws(DestinationFieldError) {
        for key in ["accessKeyId", "secretKey"] { try requireWord(account, key) }
    }

    func check(target: JSONObject) throws(DestinationFieldError) {
        try requireWord(target, "stream")
    }

    func address(target: JSONObject, account: JSONObject) -> String {
        "\(account["connectionUrl"]?.string ?? "")/\(target["stream"]?.string ?? "")"
    }

    func probe(account: JSONObject) async throws(DestinationProbeError) {
        AskedWork.note("probe(account:)")
        let failure = state.withLock { state in
            state.accounts.append(account)
            return state.failure
        }
        if let failure { throw failure }
    }

    func probe(target: JSONObject, account: JSONObject) async throws(DestinationProbeError) {
        AskedWork.note("probe(target:account:)")
        let failure = state.withLock { state in
            state.targets.append(target)
            return state.failure ?? state.targetFailure
        }
        if let failure { throw failure }
    }

    func open(
        target: JSONObject,
        account: JSONObject,
        for dataflow: Dataflow.ID
    ) async throws(SinkFactoryError) -> any RecordSink {
        throw SinkFactoryError(code: "NONE", message: "tests of the configuration deliver nothing")
    }

    private func requireWord(_ params: JSONObject, _ key: String) throws(DestinationFieldError) {
        guard let text = params[key]?.string, !text.isEmpty, !text.contains(" ") else {
            throw DestinationFieldError(key, "is required, a word")
        }
    }
}
