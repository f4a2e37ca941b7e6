// Where each capture of a long list stands in a grid that has a heading for each day: reckoned, not asked of the browser, which
// knows only the few that are near the window.

export class GridLayout {
  // rows: captures with their `day`, newest first. least: how wide a cell is at least. words, head: how high the words below a
  // picture and a day's heading are. All in pixels.
  constructor(rows, width, { least, gap, words, head }) {
    this.width = width;
    this.head = head;
    this.columns = Math.max(1, Math.floor((width + gap) / (least + gap)));
    this.cell = (width - gap * (this.columns - 1)) / this.columns;
    this.across = this.cell + gap;
    this.down = Math.round(this.cell * 0.625) + words + gap;
    this.groups = [];
    this.height = 0;
    for (let start = 0; start < rows.length; ) {
      let end = start + 1;
      while (end < rows.length && rows[end].day === rows[start].day) end++;
      const height = head + Math.ceil((end - start) / this.columns) * this.down;
      this.groups.push({ day: rows[start].day, start, end, y: this.height, height });
      this.height += height;
      start = end;
    }
  }

  // The group of a place in the list.
  groupOf(place) {
    return this.groups[lastThat(this.groups, ({ start }) => start <= place)];
  }

  // Where a place stands: x from the left, y from the top of the grid, `below` from the top of its day.
  spot(place, group = this.groupOf(place)) {
    const [row, column] = [Math.floor((place - group.start) / this.columns), (place - group.start) % this.columns];
    const below = this.head + row * this.down;
    return { x: column * this.across, y: group.y + below, below, row, column };
  }

  // The first place of which something can be seen below y.
  firstBelow(y) {
    const group = this.groups[Math.max(0, lastThat(this.groups, (each) => each.y <= y))];
    return group ? Math.min(group.end, group.start + this.#rowsAbove(group, y) * this.columns) : 0;
  }

  // What there is between two heights: groups, and which of their places.
  between(top, bottom) {
    const found = [];
    for (let at = Math.max(0, lastThat(this.groups, ({ y }) => y <= top)); at < this.groups.length; at++) {
      const group = this.groups[at];
      if (group.y > bottom) break;
      const from = group.start + this.#rowsAbove(group, top) * this.columns;
      const to = Math.min(group.end, group.start + (this.#rowsAbove(group, bottom) + 1) * this.columns);
      if (group.y + group.height > top) found.push({ group, from: Math.min(from, group.end), to });
    }
    return found;
  }

  // The same for the first ones of the list.
  first(count) {
    return this.groups.filter(({ start }) => start < count).map((group) => ({ group, from: group.start, to: Math.min(group.end, count) }));
  }

  // The place that is `rows` further down, in the same column where there is one; behind the last when there is none further.
  further(place, rows, { row, column } = this.spot(place)) {
    const group = this.groupOf(place);
    const last = this.#lastRow(group);
    const wanted = row + rows;
    if (wanted >= 0 && wanted <= last) return Math.min(group.start + wanted * this.columns + column, group.end - 1);
    const next = this.groups[this.groups.indexOf(group) + Math.sign(rows)];
    if (!next) return rows > 0 ? group.end : group.start;
    // Into the next day, from its first row; or into the one above, from its last.
    if (rows > 0) return this.further(next.start, wanted - last - 1, { row: 0, column });
    return this.further(next.start, wanted + 1, { row: this.#lastRow(next), column });
  }

  #lastRow({ start, end }) {
    return Math.ceil((end - start) / this.columns) - 1;
  }

  // How many of a group's rows lie wholly above y.
  #rowsAbove(group, y) {
    return Math.max(0, Math.floor((y - group.y - this.head) / this.down));
  }
}

// The last of those at the front that `holds`; -1 when there is none.
function lastThat(list, holds) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
