CREATE TABLE plant.[Gaming Events] (
	seq BIGINT NOT NULL,
	[When] DATETIMEOFFSET(6) NOT NULL,
	gateway NVARCHAR(64) NOT NULL,
	unit NVARCHAR(64) NOT NULL,
	version BIGINT NOT NULL,
	kind NVARCHAR(64) NOT NULL,
	data NVARCHAR(max) NOT NULL
)

CREATE TABLE plant.lineside_delivered (
	sink NVARCHAR(64) NOT NULL,
	origin VARCHAR(32) NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (sink, origin, seq)
)

INSERT INTO plant.lineside_delivered (sink, origin, seq) VALUES (:sink, :origin, :seq)

INSERT INTO plant.[Gaming Events] (seq, [When], gateway, unit, version, kind, data) VALUES (:seq, :When, :gateway, :unit, :version, :kind, :data)

SELECT plant.lineside_delivered.seq
FROM plant.lineside_delivered
WHERE plant.lineside_delivered.sink = :sink_1 AND plant.lineside_delivered.origin = :origin_1 AND plant.lineside_delivered.seq IN (:seq_1_1, :seq_1_2)
