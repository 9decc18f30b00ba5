/// Tells the next process how long ago this one may last have sent something.
///
/// A process that dies leaves requests on their way; until the last of them can no longer land, a profile whose row is
/// unsettled must wait, or an old copy could follow a newer record (I4). Survives the end of the process, not
/// necessarily power loss: a machine takes longer to start than a request lasts.
public protocol LifeSign: Sendable {
    /// Notes that something is about to be sent; at most once a ``interval`` touches the disk, so it may be called
    /// before every request.
    ///
    /// - Throws: `fenced` when another process may send by now, so that nothing is sent; when it cannot be noted.
    func beat() throws(StorageError)

    /// How exact a sign is: one may be this much older than the last sending.
    var interval: Duration { get }

    /// How long ago the process before this one gave its last sign, judged now by a clock that nobody sets; negative while it may
    /// still give one, `zero` when that cannot be told, nil when there never was one or nothing of it is on its way.
    var silence: Duration? { get }

    /// Notes that nothing is on its way and nothing more will be sent: the next process need not wait.
    func rest() throws(StorageError)
}

extension LifeSign {
    /// Notes nothing: the next process waits without need.
    public func rest() throws(StorageError) {}
}
