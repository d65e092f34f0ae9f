// A process of one round: node --expose-gc child.mjs ENTRIES, where ENTRIES is JSON, a list of
// [name, { contender, parameters }]. Prints what each measured, by name, as JSON.

const measured = {};
for (const [name, { contender, parameters }] of JSON.parse(process.argv[2])) {
  const { measure } = await import(`./contenders/${contender}.mjs`);
  measured[name] = await measure(parameters);
  globalThis.gc();
}
process.stdout.write(JSON.stringify(measured));
