extension RandomAccessCollection where Index == Int {
    /// The first index whose element belongs behind, where those that do come last (binary search).
    func partition(isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
