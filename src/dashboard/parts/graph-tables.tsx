import type { KnownGraph } from '../data/graph.js';
import { agoText, countText, millisText } from '../logic/format.js';
import { seenText } from './graph-drawing.js';
import { TableScroll } from './table-scroll.js';

/** The same as the drawing: the calls, and the processes that are in them. */
export function GraphTables({
  edges,
  processes,
}: {
  edges: KnownGraph['edges'];
  processes: KnownGraph['processes'];
}) {
  const names = [...new Set(edges.flatMap(({ caller, callee }) => [caller, callee]))].sort();
  return (
    <>
      <EdgeTable edges={edges} />
      <h2>Processes</h2>
      <TableScroll label="Processes">
        <table>
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" class="number">
                Events
              </th>
              <th scope="col" class="number">
                Rate
              </th>
              <th scope="col" class="number">
                Errors
              </th>
              <th scope="col" class="number">
                P95
              </th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const known = processes.get(name);
              return (
                <tr key={name}>
                  <td class="name" dir="auto">
                    {name}
                  </td>
                  <td class="number">{known && countText(known.events)}</td>
                  <td class="number">{known?.rate}</td>
                  <td class={known && known.errors > 0 ? 'number bad' : 'number'}>
                    {known && countText(known.errors)}
                  </td>
                  <td class="number">
                    {known?.p95Ms === undefined ? '' : millisText(known.p95Ms)}
                  </td>
                  <td>{known && seenText(known)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

function EdgeTable({ edges }: { edges: KnownGraph['edges'] }) {
  return (
    <TableScroll label="Calls">
      <table>
        <thead>
          <tr>
            <th scope="col">Caller</th>
            <th scope="col">Callee</th>
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number">
              Errors
            </th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ caller, callee, calls, errors, last_wall_ns: ns }) => (
            <tr key={`${caller}\n${callee}`}>
              <td class="name" dir="auto">
                {caller}
              </td>
              <td class="name" dir="auto">
                {callee}
              </td>
              <td class="number">{countText(calls)}</td>
              <td class={errors > 0 ? 'number bad' : 'number'}>{countText(errors)}</td>
              <td>{agoText(Date.now() - Number(ns / 1_000_000n))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
