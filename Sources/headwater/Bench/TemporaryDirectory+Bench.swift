import HeadwaterBench

extension TemporaryDirectory: ScratchDirectory {}
