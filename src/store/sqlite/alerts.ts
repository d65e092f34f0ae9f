import type { AlertTexts, KeptTexts, NamedText } from '../alert-store.js';
import type { Connection } from './connection.js';

export function findAlerts(connection: Connection): KeptTexts {
  const texts = (sql: string): NamedText[] =>
    connection.all(sql).map(({ name, text }) => ({ name: name as string, text: text as string }));
  return {
    states: texts('SELECT rule AS name, state AS text FROM alert ORDER BY rule'),
    changes: texts('SELECT rule AS name, change AS text FROM alert_change ORDER BY id'),
    notices: texts('SELECT name, notice AS text FROM alert_notice ORDER BY id'),
  };
}

export function saveAlerts(
  connection: Connection,
  { states, changes, notices }: AlertTexts,
  changesMax: number,
): void {
  connection.setDurable(true);
  connection.transaction(() => {
    for (const { name, text } of states) {
      if (text === undefined) {
        connection.run('DELETE FROM alert WHERE rule = ?', [name]);
        connection.run('DELETE FROM alert_change WHERE rule = ?', [name]);
      } else connection.run('INSERT OR REPLACE INTO alert VALUES (?, ?)', [name, text]);
    }
    for (const { name, text } of changes) {
      connection.run('INSERT INTO alert_change (rule, change) VALUES (?, ?)', [name, text]);
      connection.run(
        `DELETE FROM alert_change WHERE rule = ? AND id <= (
           SELECT id FROM alert_change WHERE rule = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
        [name, name, changesMax],
      );
    }
    for (const { name, text } of notices) {
      connection.run('INSERT OR IGNORE INTO alert_notice (name, notice) VALUES (?, ?)', [
        name,
        text,
      ]);
    }
  });
}

export function removeNotice(connection: Connection, name: string): void {
  connection.setDurable(false);
  connection.run('DELETE FROM alert_notice WHERE name = ?', [name]);
}
