extension StringProtocol {
    /// At most so many scalars from the front, to be shown in an answer; a character alone may be as long as a request.
    func excerpt(_ count: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}
