/** What custom properties of the style are as colours: a canvas knows no light-dark(). */
export function colorsOf<N extends string>(names: readonly N[]): Record<N, string> {
  const probe = document.createElement('span');
  document.body.append(probe);
  const resolved = names.map((name) => {
    probe.style.color = `var(${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(resolved) as Record<N, string>;
}
