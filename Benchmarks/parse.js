// The peer of a start: the output of cat, parsed. Prints how many records each file has.
const { execFileSync } = require('node:child_process');

const values = process.argv.slice(2).map((file) =>
  JSON.parse(execFileSync('cat', [file], { maxBuffer: Infinity }).toString('utf8')));
console.log(values.map((value) => value.length).join(' '));
