import Files
import JSON
import Shared

/// What was in the two folders at one moment, as far as it could be read.
struct Evidence: ~Copyable, Sendable {
    enum FileCondition: Sendable, Equatable {
        case sound
        case missing
        case unreadable(FileError)
        case damaged(JSONError)
    }

    enum ExposedKind: Sendable, Equatable {
        case secret(Exposure)
        case folder
    }

    struct JournalCondition: Sendable {
        var damage: DamagedJournalError?
        /// Bytes of a record that nobody was told was stored.
        var tornBytes = 0
        /// Changes that some data file lacks.
        var pending = 0
    }

    /// Where the files lie.
    let layout: StoreLayout
    /// Who held the folders while they were read.
    var holder = FolderLock.Holder.nobody
    /// Those that are not named are sound, or were not looked at.
    var files: [DataFile: FileCondition] = [:]
    /// What the files have that the server does not write.
    var quirks: [DataFile: Quirks] = [:]
    var journal = JournalCondition()
    /// False when the file of the tokens' key is there, but holds none.
    var isKeySound = true
    /// Why image_keys.json can't be used; nil when it can, or nothing needs it.
    var imageKeysFault: String?
    /// When old images were removed last.
    var retention = RetentionNote.Stored.none
    /// Paths of secrets that others than their owner may read, and of folders that everybody may look into.
    var exposed: [(path: String, kind: ExposedKind)] = []
    /// The data files that the server has had there, by its notes.
    var noted: Set<DataFile> = []
    /// A note that says nothing.
    var damagedNote: DamagedFileError?
    /// Names of the plain files in the data folder.
    var dataNames: [String] = []
    var images = ImageFiles()
    /// Images among them that were being stored when a server was killed, or are being stored now.
    var arrivals: Set<String> = []
    /// What the files say, the journal's changes carried out; a file that could not be read says nothing.
    var state = TrackerState()

    init(_ layout: StoreLayout) {
        self.layout = layout
    }

    func condition(of file: DataFile) -> FileCondition { files[file] ?? .sound }

    func isReadable(_ file: DataFile) -> Bool {
        switch condition(of: file) {
        case .sound, .missing: true
        case .unreadable, .damaged: false
        }
    }
}
