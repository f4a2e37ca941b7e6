// Long work in slices, so that the page stays at hand meanwhile.

// For how many milliseconds it goes on before the page may do something else.
const slice = 12;

// Calls action(each) for each of the list, the first ones at once. Ends when `goesOn` says so; resolves to whether all were reached.
export async function inSlices(list, action, goesOn = () => true) {
  let since = performance.now();
  for (const each of list) {
    if (performance.now() - since >= slice) {
      await new Promise((resume) => setTimeout(resume));
      if (!goesOn()) return false;
      since = performance.now();
    }
    action(each);
  }
  return true;
}
