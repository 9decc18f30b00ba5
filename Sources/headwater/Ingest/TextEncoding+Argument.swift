// A conformance is as public as what it is between.
public import ArgumentParser
public import TextFiles

extension TextEncoding.Name: ExpressibleByArgument {}
