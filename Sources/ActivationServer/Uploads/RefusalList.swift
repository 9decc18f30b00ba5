import ActivationCore
import Hummingbird
import NIOCore
import TextFiles

/// The list of an upload's refused rows, as CSV: where, why, and what to do; no value.
enum RefusalList {
    /// Its first line.
    static let header = "line,column,code,message\r\n"

    /// Bytes of a list that are read at once.
    fileprivate static let pieceBytes: Int64 = 65_536

    /// One row.
    static func line(_ refusal: TextRefusal) -> [UInt8] {
        let message = CSVCell.quoted(CSVCell.plain(refusal.message))
        return Array("\(refusal.place.line),\(refusal.place.column),\(refusal.code),\(message)\r\n".utf8)
    }

    /// Reads the rows of a list's beginning; one that is cut off is left out.
    static func rows(_ bytes: [UInt8]) -> [TextRefusal] {
        // No message has a line end, and what is behind the last one is cut off.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst().dropLast()
        return lines.compactMap { line -> TextRefusal? in
            let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            let cells = text.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
            guard cells.count == 4, let line = Int64(cells[0]), let column = Int64(cells[1]) else { return nil }
            let message = CSVCell.text(ofPlain: CSVCell.text(ofQuoted: String(cells[3])))
            return TextRefusal(String(cells[2]), message, at: TextPlace(line: line, column: column))
        }
    }
}

extension UploadDesk {
    /// The first rows of an upload's list of refused rows.
    ///
    /// - Parameters:
    ///   - upload: The upload.
    ///   - bytesMax: Bytes of the list that are read at most.
    /// - Returns: The rows.
    /// - Throws: When the disk cannot be read.
    func firstRefusals(of upload: Upload, bytesMax: Int64) async throws(APIError) -> [TextRefusal] {
        let count = min(upload.place.refusalBytes, bytesMax)
        guard let folder, count > 0 else { return [] }
        let bytes = try await DiskWork.done { () throws(DiskFailure) in
            try folder.read(.refusals, of: upload.id, at: 0, bytesMax: count)
        }
        return RefusalList.rows(bytes)
    }

    /// The whole list of an upload's refused rows, as a file to keep.
    func refusals(of upload: Upload) -> Response {
        let length = upload.place.refusalBytes
        var response = Response(
            status: .ok,
            body: ResponseBody { [folder] writer in
                var offset: Int64 = 0
                while offset < length {
                    let start = offset
                    let bytes = try await DiskWork.done { () throws(DiskFailure) in
                        let count = min(length - start, RefusalList.pieceBytes)
                        return try folder?.read(.refusals, of: upload.id, at: start, bytesMax: count) ?? []
                    }
                    if bytes.isEmpty { break }
                    offset += Int64(bytes.count)
                    try await writer.write(ByteBuffer(bytes: bytes))
                }
                if length == 0 { try await writer.write(ByteBuffer(string: RefusalList.header)) }
                try await writer.finish(nil)
            }
        )
        response.headers[.contentType] = "text/csv; charset=utf-8"
        response.headers[.contentDisposition] = "attachment; filename=\"refused.csv\""
        return response
    }
}
