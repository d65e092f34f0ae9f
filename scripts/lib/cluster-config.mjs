// How Debian's ZooKeeper and ClickHouse are made a cluster on the loopback interface.

/** A server that was killed is known to be away after that. */
const SESSION_MS = 4_000;

/** The file that ZooKeeper is started with: it alone, with its data in a folder. It answers `srvr` when it serves. */
export const zooKeeperConfig = (folder, port) =>
  [
    'tickTime=500',
    `dataDir=${folder}/data`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'admin.enableServer=false',
    'maxClientCnxns=0',
    'minSessionTimeout=1000',
    '4lw.commands.whitelist=srvr',
  ].join('\n');

/**
 * What makes a ClickHouse a member of a cluster, as a part of its configuration.
 *
 * @param {{ cluster: string, zooKeeper: number, tcpPorts: number[][], shard: number, replica: number, replicaPort: number }} member
 * its name, the port of ZooKeeper, of each shard the ports of its replicas, which of them it is (from 1), and where it gives
 * parts to others
 */
export function memberConfig({ cluster, zooKeeper, tcpPorts, shard, replica, replicaPort }) {
  const replicaOf = (port) => `<replica><host>127.0.0.1</host><port>${port}</port></replica>`;
  const shardOf = (ports) =>
    `<shard><internal_replication>true</internal_replication>${ports.map(replicaOf).join('')}</shard>`;
  return `<zookeeper>
      <node><host>127.0.0.1</host><port>${zooKeeper}</port></node>
      <session_timeout_ms>${SESSION_MS}</session_timeout_ms>
    </zookeeper>
    <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>
    <interserver_http_host>127.0.0.1</interserver_http_host>
    <interserver_http_port>${replicaPort}</interserver_http_port>
    <macros><shard>${shard}</shard><replica>${replica}</replica></macros>
    <remote_servers><${cluster}>${tcpPorts.map(shardOf).join('')}</${cluster}></remote_servers>`;
}
