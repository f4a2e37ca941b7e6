/// How the rows of photographs, which are filtered, are searched: as thoroughly as pays.
extension PixelMatcher {
    /// Of so many filtered rows two are searched, and by the second, which sees the first, the others are judged. At 12: up to
    /// 0.4 % fewer bytes of photographs, 2 to 6 % more instructions; at 192: up to 0.4 % more, up to 5 % fewer.
    private static let trial = 48
    /// Filtered rows are searched, for more than runs, where that saves one of so many bits. At 10: sharp photographs have 4.2 %
    /// more bytes for 33 % fewer instructions; searched everywhere, they have 0.7 % fewer for 14 % more.
    private static let worth = 60
    /// Filtered rows whose pixels take less, in eighths of a bit, are soft. If none were, a soft photograph would have 5.5 % more
    /// bytes; if all were, a sharp one would have 3.8 % more.
    private static let soft = 80
    /// After so many pixels of a soft row that repeat nothing only every other one is looked up, then every third... At 8: up to
    /// 0.8 % more bytes; without end: up to 0.3 % fewer, 3 to 6 % more instructions.
    private static let patience = 32
    /// A row with edges is mixed when its matches spare one of so many tokens. At half of the row, desktops have 1.1 to 1.4 % more
    /// bytes for 5 % fewer instructions; at a twentieth, photographs 0.6 % fewer for 7 % more.
    private static let mixed = 4

    /// What filtered rows are like.
    private enum FilteredKind {
        /// Whatever repeats is looked for: two pixels, or one.
        case sharp
        /// Four equal pixels are looked for: fewer seldom pay.
        case soft
        /// Soft, with windows on it: at edges as in sharp rows.
        case mixed
    }

    /// Makes tokens of the row that was filled, without its filter type.
    /// - Parameter costs: those of the row's literals if it is filtered.
    func encode(costs: LiteralCosts?) {
        guard let costs else { return tokenize { encode(from: $0) } }
        let turn = filteredRows % Self.trial
        filteredRows += 1
        // A row that is more than a block cannot be tried.
        if turn == 1, width <= deflate.capacity {
            let start = deflate.room(for: width)
            tokenize { encodeRuns(from: $0) }
            let runs = deflate.bits(from: start)
            deflate.count = start
            search(costs)
            isSearched = deflate.bits(from: start) < runs - runs / Self.worth
        } else {
            let start = deflate.count
            if turn == 0 || isSearched || isMixed {
                search(costs)
            } else {
                tokenize { encodeRuns(from: $0) }
            }
            // Not so where a block ended within the row.
            if deflate.count > start {
                isMixed = costs.hasEdges && Self.mixed * (deflate.count - start) < (Self.mixed - 1) * width
            }
        }
    }

    private func search(_ costs: LiteralCosts) {
        if costs.perPixel >= Self.soft {
            tokenize { encodeFiltered(from: $0, costs: costs, kind: .sharp) }
        } else if isMixed {
            tokenize { encodeFiltered(from: $0, costs: costs, kind: .mixed) }
        } else {
            tokenize { encodeFiltered(from: $0, costs: costs, kind: .soft) }
        }
    }

    /// Nothing but runs of four pixels or more.
    private func encodeRuns(from: Int) -> Int {
        // Unsafe: places are in the row or the word before it.
        let (tokens, capacity, width) = (deflate.tokens, deflate.capacity, self.width)
        let row = UnsafePointer(pixels) + next
        var (count, x) = (deflate.count, from)
        while x < width, count < capacity {
            let start = min(Self.nextRun(row, from: x, width: width), x &+ capacity &- count)
            // Simple enough to become vector instructions.
            for index in 0..<start &- x { tokens[count &+ index] = DeflateToken.pixel(row[x &+ index]) }
            count &+= start &- x
            x = start
            guard x < width, count < capacity else { break }
            let found = Self.length(row + x, row + x - 1, min(Self.longestMatch, width &- x))
            tokens[count] = DeflateToken.match(length: 3 &* found, distance: Self.runDistance)
            count &+= 1
            x &+= found
        }
        deflate.count = count
        return x
    }

    /// Where four pixels come next of which each is equal to the one before; `width` if nowhere.
    @inline(__always)
    private static func nextRun(_ row: UnsafePointer<UInt32>, from: Int, width: Int) -> Int {
        var x = from
        while x &+ 4 <= width {
            // A byte for each pixel that is equal to the one before; then for four of these in a row.
            var equal = ~EightPixels.differences(row + x, row + x - 1)
            equal &= equal &>> 8
            equal &= equal &>> 16
            if equal != 0 { return x &+ equal.trailingZeroBitCount &>> 3 }
            x &+= 5
        }
        return width
    }

    /// Where the pixels of a place may have been before: at the last two places of their hash, and one to the left.
    private struct Candidates {
        let newer: UInt32
        let older: UInt32
        /// 0 where the first two pixels, of a soft place four, are equal.
        var newerDiffers: UInt64
        var olderDiffers: UInt64
        var leftDiffers: UInt64

        /// One branch for all three, as most often it is none.
        @inline(__always)
        var isAny: Bool {
            (newerDiffers == 0 ? 1 : 0) | (olderDiffers == 0 ? 1 : 0) | (leftDiffers == 0 ? 1 : 0) != 0
        }
    }

    /// Looks up where a place's pixels may have been before, and notes the place.
    @inline(__always)
    private func lookUp(_ place: UnsafePointer<UInt32>, _ here: UInt32, isSoft: Bool) -> Candidates {
        // Unsafe, here and below: as in the one that calls it.
        let (pixels, pairs) = (UnsafePointer(self.pixels), self.pairs)
        let (first, second) = (Self.two(place), isSoft ? Self.two(place + 2) : 0)
        let key = isSoft ? first &+ second &* 0xD6E8_FEB8_6659_FD93 : first
        // Two places of each hash are kept, the last one first.
        let hash = Int((key &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.pairBits)) & ~1
        let (newer, older) = (pairs[hash], pairs[hash &+ 1])
        pairs[hash] = here
        pairs[hash &+ 1] = newer
        let (newerPlace, olderPlace) = (pixels + Int(newer), pixels + Int(older))
        var found = Candidates(
            newer: newer, older: older, newerDiffers: Self.two(newerPlace) ^ first,
            olderDiffers: Self.two(olderPlace) ^ first, leftDiffers: Self.two(place - 1) ^ first)
        if isSoft {
            found.newerDiffers |= Self.two(newerPlace + 2) ^ second
            found.olderDiffers |= Self.two(olderPlace + 2) ^ second
            found.leftDiffers |= Self.two(place + 1) ^ second
        }
        return found
    }

    /// The longest match of a place's candidates; a run, which takes fewer bits, also when it is one pixel shorter. 0 where what is
    /// equal is out of reach.
    @inline(__always)
    private func longest(of candidates: Candidates, _ x: Int, _ here: UInt32) -> (length: Int, distance: Int) {
        let pixels = UnsafePointer(self.pixels)
        let place = pixels + next + x
        let limit = min(Self.longestMatch, width &- x)
        var (best, bestDistance) = (0, 0)
        if candidates.newerDiffers == 0, here &- candidates.newer <= reach {
            best = Self.length(place, pixels + Int(candidates.newer), limit)
            bestDistance = distance(x, candidates.newer)
        }
        if candidates.olderDiffers == 0, here &- candidates.older <= reach {
            let found = Self.length(place, pixels + Int(candidates.older), limit)
            if found > best { (best, bestDistance) = (found, distance(x, candidates.older)) }
        }
        if candidates.leftDiffers == 0 {
            let found = Self.length(place, place - 1, limit)
            if found &+ 1 >= best { (best, bestDistance) = (found, Self.runDistance) }
        }
        return (best, bestDistance)
    }

    /// Whatever repeats and pays.
    /// - Parameter kind: a constant, so that each kind gets code of its own.
    @inline(__always)
    private func encodeFiltered(from: Int, costs: LiteralCosts, kind: FilteredKind) -> Int {
        // Unsafe: places are in the row, which has a row end and more words after it, or in the window before it.
        let singles = self.singles
        let (tokens, capacity, width, deflate) = (deflate.tokens, deflate.capacity, self.width, self.deflate)
        let literalCost = kind != .sharp ? UnsafePointer(costs.costs) : UnsafePointer(deflate.literalCost)
        let perPixel = costs.perPixel
        let row = UnsafePointer(pixels) + next
        var (count, x) = (deflate.count, from)
        var misses = 0
        while x < width, count < capacity {
            let place = row + x
            let here = UInt32(truncatingIfNeeded: next &+ x)
            let isEdge = kind == .mixed && LiteralCosts.cost(place[0], literalCost) > LiteralCosts.edge
            let isSoft = kind == .soft || kind == .mixed && !isEdge
            let candidates = lookUp(place, here, isSoft: isSoft)
            if candidates.isAny {
                let (best, bestDistance) = longest(of: candidates, x, here)
                var gain = best &* perPixel
                if best > 0, best < Self.enough {
                    let cost = deflate.cost(length: 3 &* best, distance: bestDistance)
                    // The mean says enough of most soft ones that are too short.
                    let isTooShort = isSoft && 3 &* gain < 2 &* cost
                    gain = isTooShort ? 0 : Self.literals(place, best, literalCost) &- cost
                }
                if gain > 0 {
                    tokens[count] = DeflateToken.match(length: 3 &* best, distance: bestDistance)
                    x &+= best
                    count &+= 1
                    misses = 0
                    continue
                }
            }
            if isSoft {
                misses &+= 1
                let taken = misses > Self.patience ? 1 &+ min(3, misses / Self.patience) : 1
                let end = min(width, x &+ min(taken, capacity &- count))
                while x < end {
                    tokens[count] = DeflateToken.pixel(row[x])
                    x &+= 1
                    count &+= 1
                }
            } else {
                let single = Int((place[0] &* 0x9E37_79B1) &>> (32 - Self.singleBits))
                let last = singles[single]
                singles[single] = here
                tokens[count] = onePixel(x, last, nearer: nil, costs: literalCost)
                count &+= 1
                x &+= 1
            }
        }
        deflate.count = count
        return x
    }
}
