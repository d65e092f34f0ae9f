import Table from 'cli-table3';

/** A table without lines, two spaces between its columns. */
export function plainTable(
  head: string[],
  isRight: (column: number) => boolean,
): InstanceType<typeof Table> {
  return new Table({
    head,
    colAligns: head.map((_, column) => (isRight(column) ? 'right' : 'left')),
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
}
