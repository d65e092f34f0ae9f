/** The next process warning with this code; other warnings may come before it. */
export function nextWarning(code: string): Promise<Error> {
  return new Promise((resolve) => {
    const listen = (warning: Error & { code?: string }) => {
      if (warning.code !== code) return;
      process.off('warning', listen);
      resolve(warning);
    };
    process.on('warning', listen);
  });
}
