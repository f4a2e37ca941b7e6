import Files
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Metrics
import Shared

/// Screenshots on their way in.
enum UploadRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .post(
                APIPath.uploadScreenshot, .employees, .multipart,
                .init(
                    "Stores a capture.", takes: .uploadForm, .json(.upload), .json(.upload, status: 201),
                    errors: [.conflict, .tooManyUploads])
            ) { try await upload($0, environment) }.idempotent
        ]
    }

    private static func upload(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let employee = try call.identity.id
        let key = try call.idempotencyKey()
        let (begun, announced) = (environment.now(), call.body.announcedLength ?? environment.maxUploadBytes)
        // What is there already takes no more room.
        let counts = !isKnown(key, of: employee, environment)
        if counts { try environment.uploads.begin(employee, bytes: announced, at: begun) }
        var stored: Int?
        defer {
            if counts { environment.uploads.end(employee, announced: announced, stored: stored, begun: begun) }
        }
        var form = try await UploadForm.read(call, environment)
        do {
            let (record, isNew) = try await store(&form, call, of: employee, key: key, environment)
            if isNew {
                environment.metrics.uploads.increment()
                environment.metrics.uploadBytes.increment(by: form.image.size)
                stored = form.image.size
            } else {
                await environment.images.discard(form.image)
            }
            return .json(UploadResponse(file: record.file, ts: record.ts), status: isNew ? .created : .ok)
        } catch {
            await environment.images.discard(form.image)
            throw error
        }
    }

    private static func store(
        _ form: inout UploadForm, _ call: Call, of employee: AccountID, key: String?, _ environment: ServerEnvironment
    ) async throws -> (UploadRecord, isNew: Bool) {
        for field in [UploadField.employeeID, UploadField.email] {
            if let text = form.fields[field], AccountID(stored: text) != employee {
                throw APIError(.forbidden, "\"\(field)\" must be your own account.")
            }
        }
        let capturedAt = try capturedAt(form)
        if let key, isKnown(key, of: employee, environment),
            let earlier = try await environment.store.read({ $0.upload(of: employee, key: key) })
        {
            return (try await repeated(earlier, form, environment), false)
        }
        let now = environment.now()
        if let capturedAt, !CaptureTime.mayBe(capturedAt, at: now) {
            throw APIError(
                .invalidField, "\"\(UploadField.capturedAt)\" must lie at most 7 days back and 2 minutes ahead.")
        }
        let image = try await place(&form, key: key, at: now, environment)
        let record = UploadRecord(
            file: UploadRecord.folder + image.name, employeeID: employee.spelling, ts: capturedAt ?? now)
        let earlier: UploadRecord?
        do {
            earlier = try await call.transact(environment) { transaction in
                if let key, let earlier = transaction.state.upload(of: employee, key: key) { return earlier }
                transaction.record(.imageStored(record))
                return nil
            }
        } catch {
            // Where the index may show the image already, it must stay.
            if case StoreError.uncertain = error { throw error }
            await environment.images.withdraw(image)
            throw error
        }
        guard let earlier else {
            environment.images.recorded(image)
            return (record, true)
        }
        await environment.images.remove(image.name)
        return (try await repeated(earlier, form, environment), false)
    }

    private static func isKnown(_ key: String?, of employee: AccountID, _ environment: ServerEnvironment) -> Bool {
        guard let key else { return false }
        return environment.store.peek { $0.upload(of: employee, key: key) != nil }
    }

    private static func capturedAt(_ form: UploadForm) throws -> Timestamp? {
        guard let text = form.fields[UploadField.capturedAt], !text.isEmpty else { return nil }
        guard let time = Timestamp(submitted: text) else {
            throw JSONFieldError(
                field: UploadField.capturedAt, expected: "an ISO 8601 time with an offset, such as 2026-03-02T08:05:00Z"
            )
        }
        return time
    }

    private static func place(
        _ form: inout UploadForm, key: String?, at now: Timestamp, _ environment: ServerEnvironment
    ) async throws -> PlacedImage {
        let part =
            key.map { UploadName.clientPart(key: $0, format: form.format) }
            ?? UploadName.clientPart(of: form.fileName, format: form.format)
        return try await environment.images.place(&form.image, as: part, key: key, at: now) { name in
            environment.store.peek { $0.upload(named: name) != nil }
        }
    }

    /// The answer to a repeated upload is the first one's, if the bytes are too.
    private static func repeated(
        _ earlier: UploadRecord, _ form: UploadForm, _ environment: ServerEnvironment
    ) async throws -> UploadRecord {
        do {
            // Where the image is gone, there is nothing to compare: the record is the answer.
            if let image = try await environment.images.open(earlier.name, of: form.image.owner),
                try await !form.image.isSame(as: image)
            {
                throw APIError(.conflict, "This Idempotency-Key was used for another image.")
            }
        } catch let error as FileError where error.isDamagedImage || error.isLackOfKey {
            environment.logger.error("An image can't be decrypted", metadata: ["reason": "\(error)"])
        }
        return earlier
    }
}
