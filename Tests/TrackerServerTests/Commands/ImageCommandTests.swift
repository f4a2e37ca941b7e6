import Files
import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerServer

extension CommandTests {
    /// `encrypt`, `decrypt` and `rekey`, and what `verify` says of encrypted images.
    @Suite struct ImagesAtRest {
        private static let images = [
            TestImage.png, TestImage.jpeg, TestImage.png(ofSize: SegmentLayout.plainSegment),
            TestImage.png(ofSize: 700_000),
        ]

        /// Stores ``images`` of eva, and one more of zoe, on a server without a key.
        private func fill(_ folders: TestFolders, _ images: [[UInt8]] = images) async throws {
            try await TestServer.run(folders: folders) { server in
                let eva = try await server.employee("eva")
                for image in images { try await server.upload(.image(image), as: eva).expect(201) }
                let zoe = try await server.employee("zoe")
                try await server.upload(.image(TestImage.png(ofSize: 1000)), as: zoe).expect(201)
            }
        }

        /// The images in the upload folder, by their paths; of what is being written meanwhile nothing is read.
        private func stored(_ folders: TestFolders) throws -> [String: [UInt8]] {
            let names = try folders.names(in: "images").filter { UploadName.isImage($0) }
            return try Dictionary(
                uniqueKeysWithValues: names.map { name in
                    let path = folders.uploads + "/" + name
                    return (path, try OpenFile.contents(of: path) ?? [])
                })
        }

        private func times(_ folders: TestFolders) throws -> [String: Int64] {
            try Dictionary(
                uniqueKeysWithValues: stored(folders).keys.map { ($0, try OpenFile(reading: $0).modificationTime()) })
        }

        private func isEncrypted(_ bytes: [UInt8]) -> Bool { EncryptedHeader.isEncrypted(bytes) }

        @Test func allImagesAreEncryptedAndDecryptedAgain() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let (plain, times) = (try stored(folders), try times(folders))
                let setting = try folders.keySetting()
                let first = try await folders.run(["encrypt"], setting)
                #expect(first.code == 0, "\(first.errors)")
                #expect(first.output == "5 images encrypted.\n")
                let encrypted = try stored(folders)
                #expect(encrypted.keys.sorted() == plain.keys.sorted())
                #expect(encrypted.values.allSatisfy(isEncrypted))
                #expect(try self.times(folders) == times)
                let again = try await folders.run(["encrypt"], setting)
                #expect(again.output == "0 images encrypted, 5 images had nothing to be done.\n")
                #expect(try stored(folders) == encrypted)
                try await TestServer.run(setting, folders: folders) { server in
                    for (path, bytes) in plain {
                        let name = path.components(separatedBy: "/").last ?? ""
                        let reply = try await server.get("/uploads/\(name)", as: try await server.admin())
                        #expect(reply.body == bytes)
                    }
                }
                let back = try await folders.run(["decrypt"], setting)
                #expect(back.code == 0, "\(back.errors)")
                #expect(back.output == "5 images decrypted.\n")
                #expect(try stored(folders) == plain)
                #expect(try self.times(folders) == times)
                #expect(!FileManager.default.fileExists(atPath: folders.data + "/" + ImageKeyFile.name))
                #expect(try await folders.withServer().code == 0)
            }
        }

        @Test func aValidatorOutlivesTheConversion() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let setting = try folders.keySetting()
                func eTags(_ setting: [String: String]) async throws -> [String] {
                    let names = try stored(folders).keys.sorted()
                    let tags = TagList()
                    try await TestServer.run(setting, folders: folders) { server in
                        for path in names {
                            let name = path.components(separatedBy: "/").last ?? ""
                            await tags.add(
                                try await server.get("/uploads/\(name)", as: try await server.admin())["etag"])
                        }
                    }
                    return await tags.all
                }
                let before = try await eTags([:])
                #expect(Set(before).count == 5)
                #expect(try await folders.run(["encrypt"], setting).code == 0)
                #expect(try await eTags(setting) == before)
            }
        }

        @Test func smallPicturesGoWithTheConversion() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let name = "\(try stored(folders).keys.sorted()[0].components(separatedBy: "/").last ?? "").1-2-160"
                try folders.write("a small picture", to: "images/\(Thumbnails.folderName)/\(name)")
                try folders.write("somebody's", to: "images/\(Thumbnails.folderName)/notes")
                try folders.write("half", to: "images/.1234\(WholeFile.unfinishedSuffix)")
                #expect(try await folders.run(["encrypt"], try folders.keySetting()).code == 0)
                #expect(try folders.names(in: "images/\(Thumbnails.folderName)") == ["notes"])
                #expect(try !folders.names(in: "images").contains { WholeFile.isUnfinished($0) })
            }
        }

        @Test(.ownThread) func whatWasKilledInTheMiddleGoesOn() async throws {
            try await TestFolders.with { folders in
                try await fill(folders, (0..<40).map { TestImage.png(ofSize: 20_000 + $0) })
                let plain = try stored(folders)
                let setting = try folders.keySetting()
                let arguments = ["--data-dir", folders.data, "--upload-dir", folders.uploads]
                var kills = 0
                for aim in ["encrypt", "decrypt"] {
                    let count = { try stored(folders).values.count { isEncrypted($0) == (aim == "encrypt") } }
                    while try count() < plain.count {
                        let before = try count()
                        let process = try ServerProcess([aim] + arguments, environment: setting, folder: folders.root)
                        // Some more are done, or all.
                        while try count() <= before, kill(process.identifier, 0) == 0, try count() < plain.count {
                            usleep(500)
                        }
                        process.signal(SIGKILL)
                        _ = try await process.result()
                        kills += 1
                        // Each is the old file or the new one, whole.
                        let keys = try ImageKeyFile.read(in: folders.data).map {
                            try ImageKeys($0, master: try SampleKeys.master(), folder: folders.data)
                        }
                        for (path, bytes) in plain {
                            let name = path.components(separatedBy: "/").last ?? ""
                            let file = try #require(try ImageFile(name, in: folders.uploads, of: nil, keys: keys))
                            #expect(try file.read(count: bytes.count + 1, from: 0) == bytes)
                        }
                    }
                    let last = try await folders.run([aim], setting)
                    #expect(last.code == 0, "\(last.errors)")
                }
                #expect(kills >= 2)
                #expect(try stored(folders) == plain)
                #expect(try !folders.names(in: "images").contains { WholeFile.isUnfinished($0) })
            }
        }

        @Test func nothingIsConvertedBesideAServer() async throws {
            try await TestFolders.with { folders in
                let setting = try folders.keySetting()
                _ = try await folders.withServer(setting) { _, _ in
                    for arguments in [["encrypt"], ["decrypt"], ["rekey", "--new-key-file", folders.root + "/key"]] {
                        try await folders.run(arguments, setting).expectOneLine(1, "in use")
                    }
                }
            }
        }

        @Test func aKeyInAFolderThatItProtectsIsSaid() async throws {
            try await TestFolders.with { folders in
                for (name, isSaid) in [("key", false), ("data/key", true), ("images/keys/key", true)] {
                    let result = try await folders.withServer(try folders.keySetting(in: name))
                    #expect(result.errors.contains("which it is to protect") == isSaid, "\(result.errors)")
                }
            }
        }

        @Test func theCommandsNeedAKeyAndFolders() async throws {
            try await TestFolders.with { folders in
                let setting = try folders.keySetting()
                let rekey = ["rekey", "--new-key-file", folders.root + "/key"]
                for arguments in [["encrypt"], ["decrypt"], rekey] {
                    try await folders.run(arguments).expectOneLine(2, "UPLOAD_KEY_FILE")
                    try await folders.run(arguments, setting).expectOneLine(1, "There is no folder")
                    try await folders.run(arguments, ["UPLOAD_KEY_FILE": folders.root]).expectOneLine(2, "32 bytes")
                }
                try await fill(folders)
                try await folders.run(rekey, setting).expectOneLine(1, "no image keys")
                try await folders.run(["rekey", "--new-key-file", folders.root + "/none"], setting)
                    .expectOneLine(2, "--new-key-file", "No such file")
            }
        }

        /// By the last byte, by the one that tells an encrypted file, and with nothing left.
        @Test(arguments: [-1, 0, nil] as [Int?])
        func whatCannotBeDecryptedStaysWithItsKey(place: Int?) async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let setting = try folders.keySetting()
                #expect(try await folders.run(["encrypt"], setting).code == 0)
                let path = try #require(try stored(folders).keys.min())
                var bytes = try #require(try OpenFile.contents(of: path))
                if let place { bytes[place < 0 ? bytes.count + place : place] ^= 1 } else { bytes = [] }
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                let result = try await folders.run(["decrypt"], setting)
                #expect(result.code == 1)
                #expect(result.errors.contains(path.components(separatedBy: "/").last ?? ""))
                #expect(result.errors.contains(place == -1 ? "damaged" : "neither PNG nor JPEG, nor encrypted"))
                #expect(result.output == "4 images decrypted.\n")
                #expect(try await folders.run(["encrypt"], setting).code == 1 || place == -1)
                #expect(try stored(folders)[path] == bytes)
                #expect(FileManager.default.fileExists(atPath: folders.data + "/" + ImageKeyFile.name))
            }
        }

        @Test func anImageThatTheIndexDoesNotKnowIsNobodys() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                try folders.write("somebody's picture", to: "images/holiday.png")
                let setting = try folders.keySetting()
                let result = try await folders.run(["encrypt"], setting)
                #expect(result.code == 0)
                #expect(result.output.contains("holiday.png is not in the index and stays as it is"))
                #expect(try folders.text("images/holiday.png") == "somebody's picture")
                // Encrypted ones say themselves whose they are.
                try folders.write("[]", to: "images/index.json")
                #expect(try await folders.run(["decrypt"], setting).code == 0)
                #expect(try !stored(folders).values.contains(where: isEncrypted))
            }
        }

        @Test func anotherMasterKeyWrapsTheSameKeys() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let old = try folders.keySetting()
                let new = try folders.keySetting(SampleKeys.otherText, in: "new key")
                let rekey = ["rekey", "--new-key-file", folders.root + "/new key"]
                #expect(try await folders.run(["encrypt"], old).code == 0)
                let images = try stored(folders)
                // The wrong old key changes nothing.
                try folders.write(Data(repeating: 9, count: 32).base64EncodedString(), to: "wrong")
                let keys = try folders.text("data/" + ImageKeyFile.name)
                try await folders.run(rekey, ["UPLOAD_KEY_FILE": folders.root + "/wrong"]).expectOneLine(
                    1, "another key")
                #expect(try folders.text("data/" + ImageKeyFile.name) == keys)
                let result = try await folders.run(rekey, old)
                #expect(result.code == 0, "\(result.errors)")
                #expect(result.output.hasPrefix("2 image keys are wrapped with the key in "))
                #expect(try stored(folders) == images)
                let again = try await folders.run(rekey, old)
                #expect(again.code == 0)
                #expect(again.output.hasPrefix("The image keys were wrapped before"))
                try await folders.run([], old).expectOneLine(1, "another key")
                try await TestServer.run(new, folders: folders) { server in
                    let eva = try await server.login("eva")
                    try await server.upload(.image(), as: eva).expect(201)
                    let paths = try server.storedImages().filter { UploadName.isImage($0) }
                    let admin = try await server.admin()
                    for path in paths { try await server.get("/uploads/" + path, as: admin).expect(200) }
                    #expect(paths.count == 6)
                }
                // Nobody got a second key.
                #expect(try ImageKeyFile.read(in: folders.data)?.entries.count == 2)
            }
        }

        @Test func verifyLooksIntoEncryptedImages() async throws {
            try await TestFolders.with { folders in
                try await fill(folders, [try EncodedPNG.bytes(), try EncodedPNG.bytes(width: 300, height: 200)])
                // The one of zoe is no picture; the server does not look at pixels.
                let undecodable = try #require(try stored(folders).first { $0.value.count == 1000 }).key
                let setting = try folders.keySetting()
                #expect(try await folders.run(["encrypt"], setting).code == 0)
                func kinds(_ setting: [String: String]) async throws -> [String] {
                    let result = try await folders.run(["verify", "--json"], setting)
                    return result.output.split(separator: "\n").compactMap { line in
                        line.split(separator: #""kind":""#).dropFirst().first.map { String($0.prefix { $0 != "\"" }) }
                    }
                }
                #expect(try await kinds(setting) == ["image_undecodable"])
                #expect(try await kinds([:]) == ["images_not_checked"])
                let other = try folders.keySetting(SampleKeys.otherText, in: "other")
                #expect(try await kinds(other) == ["image_keys_unusable", "images_not_checked"])
                // Somebody changes bits, or says that an image is another's.
                var bytes = try #require(try OpenFile.contents(of: undecodable))
                bytes[200] ^= 1
                try Data(bytes).write(to: URL(fileURLWithPath: undecodable))
                #expect(try await kinds(setting) == ["image_undecryptable"])
                let index = try folders.text("images/index.json")
                try folders.write(index.replacing(#""zoe""#, with: #""eva""#), to: "images/index.json")
                #expect(try await kinds(setting) == Array(repeating: "image_undecryptable", count: 2))
                try folders.write(index.replacing(#""eva""#, with: #""zoe""#), to: "images/index.json")
                #expect(try await kinds(setting) == Array(repeating: "image_undecryptable", count: 3))
                try FileManager.default.removeItem(atPath: folders.data + "/" + ImageKeyFile.name)
                #expect(try await kinds(setting) == ["image_keys_unusable", "images_not_checked"])
                try folders.write("{}", to: "data/" + ImageKeyFile.name)
                #expect(try await kinds(setting).contains("image_keys_unusable"))
                #expect(try await folders.run(["verify"], setting).code == 1)
                #expect(chmod(folders.data + "/" + ImageKeyFile.name, 0o644) == 0)
                #expect(chmod(folders.root + "/key", 0o640) == 0)
                #expect(try await Set(kinds(setting)).isSuperset(of: ["secret_exposed", "secret_shared"]))
            }
        }
    }
}

/// What a server's requests have found.
private actor TagList {
    private(set) var all: [String] = []

    func add(_ tag: String?) { all.append(tag ?? "none") }
}
