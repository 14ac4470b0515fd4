// Several looks at once: a second lane uses the processor while the first waits for the page.
export async function inLanes(items, run, lanes = 2) {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
