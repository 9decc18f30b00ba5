#if PostgreSQL
import ActivationCore

/// The tables (docs/operate/postgresql.md).
///
/// The keys of big tables hold a shard or a lane, so that an engine that spreads rows over machines can spread by it. Texts that come from outside are
/// stored as bytes: kept and compared byte for byte. Counters have a stripe for each connection that writes, so that nobody waits.
enum PostgresSchema {
    /// Into how many shards profiles are divided; fixed when a database is made.
    static let shards: Int16 = 256
    /// In how many lanes outbox rows are numbered; fixed when a database is made.
    static let lanes: Int16 = 1

    /// Counters of a dataflow's books.
    private static let counters = """
        triggered int8 NOT NULL, delivered int8 NOT NULL, superseded int8 NOT NULL,
            suppressed_disabled int8 NOT NULL, suppressed_deleted int8 NOT NULL, parked int8 NOT NULL,
            replayed int8 NOT NULL, discarded int8 NOT NULL, erased int8 NOT NULL
        """

    /// What a record is, in the outbox and in a dead letter.
    private static let record = """
        lane int2 NOT NULL, dataflow int4 NOT NULL, row int8 NOT NULL, profile uuid NOT NULL,
            merge_policy uuid NOT NULL, revision int8 NOT NULL, reasons int4 NOT NULL, admitted_at int8 NOT NULL,
            origin int2 NOT NULL, partition_key bytea NOT NULL, payload bytea NOT NULL, audiences bytea
        """

    /// Holds the row with the version until the transaction ends; fails where it is another by now.
    static func hold(_ version: Int32) -> String {
        """
        SELECT 1 / count(*)::int4 FROM (SELECT 1 FROM cluster WHERE one AND version = \(version) FOR UPDATE) AS held;

        """
    }

    /// Notes the version that was reached.
    static func note(_ version: Int32) -> String { "UPDATE cluster SET version = \(version) WHERE one;" }

    /// Notes that a step was done beside programs from before it.
    static func noteAdded(_ version: Int32) -> String {
        """
        CREATE TABLE IF NOT EXISTS added_step (version int4 PRIMARY KEY);
        INSERT INTO added_step (version) VALUES (\(version));
        """
    }

    /// Takes their rows from all writers but those of processes which run a program that knows a version.
    ///
    /// Who they are stands where the nodes do, in the schema of the default sandbox: each of their processes has the row by which its node
    /// claims and settles.
    static func fenceEarlier(than version: Int32, nodesIn schema: String) -> String {
        """
        UPDATE writer SET holder = gen_random_uuid(), epoch = epoch + 1 WHERE holder NOT IN (
            SELECT w.holder FROM writer w JOIN \(schema).node n ON w.number = 2 * n.number + 2
            JOIN \(schema).node_program p ON p.number = n.number AND p.holder = n.holder WHERE p.version >= \(version)
        );
        """
    }

    /// Which program each node runs: that of the process which has the node's name, if the two know each other by their holder.
    static let nodePrograms = """
        CREATE TABLE node_program (
            number int2 PRIMARY KEY, holder uuid NOT NULL, program bytea NOT NULL, version int4 NOT NULL
        );
        """

    /// How far whoever claims may have claimed: for the epoch that its row of ``WriterNumbers/claimant`` has, and no other.
    static let claimReach = """
        CREATE TABLE claim_reach (lane int2 PRIMARY KEY, epoch int8 NOT NULL, last int8 NOT NULL) WITH (fillfactor = 20);
        """

    /// Takes all rows of writers, and all lanes, from whoever has them; of whom something may still be on its way.
    static let fenceAll = """
        UPDATE writer SET holder = gen_random_uuid(), epoch = epoch + 1;
        UPDATE lane_owner SET epoch = epoch + 1;

        """

    /// Gives the store another name.
    static func rename(to store: UUIDBytes) -> String { "UPDATE cluster SET id = '\(store)' WHERE one;" }

    /// The tables of version 1; later steps change them (``PostgresMigration``).
    static let initial = """
        CREATE TABLE cluster (
            one bool PRIMARY KEY CHECK (one), id uuid NOT NULL, shards int2 NOT NULL, lanes int2 NOT NULL, version int4 NOT NULL
        );
        -- A connection that writes: which batch it committed last, which process it is of, and how often it was taken.
        CREATE TABLE writer (
            number int2 PRIMARY KEY, holder uuid NOT NULL, epoch int8 NOT NULL, batch int8 NOT NULL
        ) WITH (fillfactor = 20);
        -- Who uses the store, and how often each has said that it is there; by that others notice when it is gone.
        CREATE TABLE node (
            number int2 PRIMARY KEY, name bytea NOT NULL, holder uuid NOT NULL, beat int8 NOT NULL, leaving bool NOT NULL
        ) WITH (fillfactor = 20);
        CREATE UNIQUE INDEX node_name ON node (name);
        -- Which node relays a lane (0 = none), and how often that has changed.
        CREATE TABLE lane_owner (lane int2 PRIMARY KEY, owner int2 NOT NULL, epoch int8 NOT NULL) WITH (fillfactor = 20);
        -- The last numbers that were given to records and profiles of a lane; raised under a lock, so they follow commits.
        CREATE TABLE lane (lane int2 PRIMARY KEY, last int8 NOT NULL, profiles int8 NOT NULL) WITH (fillfactor = 20);
        CREATE TABLE admission (
            scope int4, stripe int2, instant int8 NOT NULL, sequence int8 NOT NULL, PRIMARY KEY (scope, stripe)
        ) WITH (fillfactor = 20);

        CREATE TABLE path (scope int4, id int4, parent int4 NOT NULL, name bytea NOT NULL, PRIMARY KEY (scope, id));
        CREATE TABLE dataset (scope int4, id int4, name bytea NOT NULL, PRIMARY KEY (scope, id));
        CREATE TABLE dataflow (number int4 PRIMARY KEY, id uuid NOT NULL UNIQUE, scope int4 NOT NULL);
        CREATE INDEX dataflow_scope ON dataflow (scope);

        -- A row's lowest eight bits are its shard, the rest follows commits.
        CREATE TABLE profile (
            shard int2, scope int4, row int8, id uuid NOT NULL, revision int8 NOT NULL, due int8, value bytea NOT NULL,
            PRIMARY KEY (scope, row, shard)
        ) WITH (fillfactor = 80, toast_tuple_target = 8160);
        CREATE INDEX profile_id ON profile (scope, id);
        CREATE INDEX profile_due ON profile (scope, due, row) WHERE due IS NOT NULL;

        CREATE TABLE identity (
            shard int2, scope int4, namespace bytea, value bytea, profile int8 NOT NULL,
            PRIMARY KEY (shard, scope, namespace, value)
        );

        CREATE TABLE event (
            shard int2, profile int8, id bytea, timestamp int8 NOT NULL, dataset int4 NOT NULL, body bytea NOT NULL,
            PRIMARY KEY (shard, profile, id)
        );
        CREATE INDEX event_time ON event (shard, profile, timestamp, id);

        CREATE TABLE outbox (\(record), PRIMARY KEY (lane, dataflow, row)) WITH (autovacuum_vacuum_scale_factor = 0.02);
        CREATE INDEX outbox_profile ON outbox (lane, profile, row);
        -- Whose waiting records became another's, numbered as records are: whoever has some of them in hand learns it here.
        CREATE TABLE rekeyed (
            lane int2, row int8, absorbed uuid NOT NULL, survivor uuid NOT NULL, PRIMARY KEY (lane, row)
        );
        -- A dead letter keeps the row it had in the outbox.
        CREATE TABLE dead_letter (
            \(record), code bytea NOT NULL, message bytea NOT NULL, parked_at int8 NOT NULL,
            PRIMARY KEY (lane, dataflow, row)
        );
        CREATE INDEX dead_letter_profile ON dead_letter (lane, profile, row);
        CREATE INDEX dead_letter_cause ON dead_letter (dataflow, code, parked_at, row);
        CREATE INDEX dead_letter_code ON dead_letter (lane, dataflow, code, row);

        -- What was not made because its dataflow was disabled.
        CREATE TABLE resume_mark (
            dataflow int4, profile uuid, merge_policy uuid, reasons int4 NOT NULL,
            PRIMARY KEY (dataflow, profile, merge_policy)
        );
        CREATE INDEX resume_mark_profile ON resume_mark (profile);

        -- A dataflow's books; and what they said before anything was entered in an hour, counted from 1970.
        CREATE TABLE book (
            dataflow int4, stripe int2, rows int8 NOT NULL, \(counters), PRIMARY KEY (dataflow, stripe)
        ) WITH (fillfactor = 20);
        CREATE TABLE book_hour (dataflow int4, hour int8, stripe int2, \(counters), PRIMARY KEY (dataflow, hour, stripe));
        -- The same by audience; of all records that tell of any under the id of zeros.
        CREATE TABLE audience_book (
            dataflow int4, audience uuid, stripe int2, \(counters), PRIMARY KEY (dataflow, audience, stripe)
        ) WITH (fillfactor = 50);
        CREATE TABLE audience_book_hour (
            dataflow int4, hour int8, audience uuid, stripe int2, \(counters), PRIMARY KEY (dataflow, hour, audience, stripe)
        );
        -- Who entered audiences and who exited; under the id of zeros, who was made and who is gone.
        CREATE TABLE tally (
            scope int4, audience uuid, stripe int2, entered int8 NOT NULL, exited int8 NOT NULL,
            PRIMARY KEY (scope, audience, stripe)
        ) WITH (fillfactor = 50);
        CREATE TABLE tally_hour (
            scope int4, hour int8, audience uuid, stripe int2, entered int8 NOT NULL, exited int8 NOT NULL,
            PRIMARY KEY (scope, hour, audience, stripe)
        );

        CREATE TABLE backfill (
            scope int4, id uuid, profile int8 NOT NULL, records int8 NOT NULL, ordered_at int8, PRIMARY KEY (scope, id)
        );
        CREATE TABLE upload (
            scope int4, id uuid, line int8 NOT NULL, accepted int8 NOT NULL, made int8 NOT NULL, PRIMARY KEY (scope, id)
        );

        -- Delivered records, by the day; and whose deliveries are another's.
        CREATE TABLE delivery (
            day int8, profile uuid, dataflow int4, row int8, revision int8 NOT NULL, delivered_at int8 NOT NULL,
            receipt bytea NOT NULL, PRIMARY KEY (day, profile, dataflow, row)
        );
        CREATE INDEX delivery_profile ON delivery (profile, delivered_at, row);
        CREATE TABLE heir (
            scope int4, absorbed uuid, survivor uuid NOT NULL, day int8 NOT NULL, PRIMARY KEY (scope, absorbed)
        );
        CREATE INDEX heir_survivor ON heir (scope, survivor);
        CREATE INDEX heir_day ON heir (day);

        CREATE TABLE erasure (
            scope int4, profile uuid, revision int8 NOT NULL, deleted_at int8 NOT NULL, number int8 NOT NULL,
            PRIMARY KEY (scope, profile)
        );
        CREATE INDEX erasure_number ON erasure (scope, number);
        -- Identities of deleted profiles that may not come again: a keyed hash of each, never a value.
        CREATE TABLE suppression (
            scope int4, digest bytea, namespace bytea NOT NULL, profile uuid NOT NULL, suppressed_at int8 NOT NULL,
            PRIMARY KEY (scope, digest)
        );

        -- How often the configuration has changed, and how often what decisions follow.
        CREATE TABLE configuration (scope int4 PRIMARY KEY, changes int8 NOT NULL, catalog int8 NOT NULL);
        CREATE TABLE control_object (
            scope int4, kind bytea, id bytea, etag bytea NOT NULL, created_at int8 NOT NULL, updated_at int8 NOT NULL,
            body bytea NOT NULL, PRIMARY KEY (scope, kind, id)
        );
        CREATE TABLE configuration_change (
            sequence int8 PRIMARY KEY, scope int4 NOT NULL, changed_at int8 NOT NULL, author bytea NOT NULL,
            way bytea NOT NULL, request bytea NOT NULL, action bytea NOT NULL, kind bytea NOT NULL, object bytea NOT NULL,
            name bytea NOT NULL, difference bytea NOT NULL, outcome bytea NOT NULL, sender bytea NOT NULL,
            digest bytea NOT NULL
        );
        CREATE INDEX configuration_change_object ON configuration_change (scope, object, sequence);
        CREATE INDEX configuration_change_kind ON configuration_change (scope, kind, sequence);
        CREATE INDEX configuration_change_author ON configuration_change (scope, author, sequence);
        CREATE INDEX configuration_change_action ON configuration_change (scope, action, sequence);
        -- One row: up to where entries have gone since their time was over, and the last one.
        CREATE TABLE history_chain (
            one bool PRIMARY KEY CHECK (one), base_sequence int8 NOT NULL, base_digest bytea NOT NULL,
            base_changed_at int8, base_seal bytea, head_sequence int8 NOT NULL, head_digest bytea NOT NULL
        );

        CREATE TABLE alert_standing (scope int4, id bytea, body bytea NOT NULL, PRIMARY KEY (scope, id));
        -- The last numbers that were given to entries and deliveries of alerts.
        CREATE TABLE alert_counter (scope int4 PRIMARY KEY, entries int8 NOT NULL, deliveries int8 NOT NULL);
        CREATE TABLE alert_entry (
            scope int4, sequence int8, at int8 NOT NULL, subject bytea NOT NULL, body bytea NOT NULL,
            PRIMARY KEY (scope, sequence)
        );
        CREATE INDEX alert_entry_subject ON alert_entry (scope, subject, sequence);
        CREATE TABLE alert_delivery (
            scope int4, sequence int8, at int8 NOT NULL, channel bytea NOT NULL, due int8, body bytea NOT NULL,
            PRIMARY KEY (scope, sequence)
        );
        CREATE INDEX alert_delivery_channel ON alert_delivery (scope, channel, sequence);
        CREATE INDEX alert_delivery_due ON alert_delivery (scope, due, sequence) WHERE due IS NOT NULL;

        INSERT INTO cluster (one, id, shards, lanes, version)
            VALUES (true, gen_random_uuid(), \(shards), \(lanes), 1);
        INSERT INTO lane (lane, last, profiles) VALUES (0, 0, 0);
        INSERT INTO lane_owner (lane, owner, epoch) VALUES (0, 0, 0);
        INSERT INTO history_chain (one, base_sequence, base_digest, head_sequence, head_digest)
            VALUES (true, 0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'));
        """
}
#endif
