/// How far reading and writing have come.
struct JSONCursor {
    /// The next byte to read.
    var position = 0
    /// Bytes of canonical text so far; never more than have been read.
    var written = 0
}
