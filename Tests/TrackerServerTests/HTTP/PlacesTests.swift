import Logging
import Testing

@testable import TrackerServer

@Suite struct PlacesTests {
    @Test func thereAreSoManyPlacesInAllAndForEachNetwork() {
        var places = Places(.init(inAll: 3, fromNetwork: 2))
        func enter(_ network: String) -> Bool { places.enter(network) }
        #expect(enter("office"))
        #expect(enter("office"))
        #expect(!enter("office"))
        #expect(enter("home"))
        #expect(!enter("home"))
        #expect(places.count == 3)
        places.leave("office")
        #expect(enter("home"))
        places.leave("home")
        #expect(enter("office"))
        #expect(!enter("office"))
        #expect(places.count == 3)
    }

    @Test func aNetworkThatHasLeftIsForgotten() {
        var places = Places(.init(inAll: 10, fromNetwork: 1))
        func enter(_ network: String) -> Bool { places.enter(network) }
        for number in 0..<1000 {
            #expect(enter("n\(number)"))
            places.leave("n\(number)")
        }
        #expect(places.count == 0)
        #expect(enter("n0"))
    }

    @Test func whoeverIsOfNoNetworkCountsInAllAlone() {
        var places = Places(.init(inAll: 3, fromNetwork: 1))
        func enter(_ network: String?) -> Bool { places.enter(network) }
        #expect(enter(nil) && enter(nil) && enter("office"))
        #expect(!enter(nil))
        places.leave(nil)
        #expect(!enter("office"))
        #expect(enter(nil))
    }

    @Test func connectionsAreBoundedByOpenFilesAndByWhatIsSet() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        func limit(_ descriptors: Int, _ most: Int?) -> Int {
            ConnectionLimit(descriptors: descriptors, most: most, logger: logger).limit
        }
        #expect(limit(1024, nil) == 896)
        #expect(limit(100, nil) == 50)
        #expect(limit(1024, 500) == 500)
        #expect(limit(1024, 5000) == 896)
        var connections = ConnectionLimit(descriptors: 1024, most: 2, logger: logger)
        connections.connectionOpened()
        #expect(connections.isAcceptingNewConnections())
        connections.connectionOpened()
        #expect(!connections.isAcceptingNewConnections())
        connections.connectionClosed()
        #expect(connections.isAcceptingNewConnections())
    }
}
