@main struct Headwater { static func main() {} }
