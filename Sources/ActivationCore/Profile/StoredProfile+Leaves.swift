extension StoredProfile {
    /// So many bytes of the value are what is kept of the profile's events, for parts of audiences' expressions.
    ///
    /// - Parameters:
    ///   - paths: The dictionary of the profile's paths.
    ///   - datasets: The datasets' dictionary.
    /// - Returns: The bytes; 0 when nothing is kept.
    /// - Throws: When the stored value cannot be read.
    public func leafBytes(paths: PathDictionary, datasets: DatasetDictionary) throws(ProfileValueError) -> Int {
        ProfileValue.leafBytes(of: try ProfileValue.decode(self, paths: paths, datasets: datasets))
    }
}
