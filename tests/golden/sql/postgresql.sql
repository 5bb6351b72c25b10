CREATE TABLE plant."Gaming Events" (
	seq BIGINT NOT NULL,
	"When" TIMESTAMP WITH TIME ZONE NOT NULL,
	gateway VARCHAR(64) NOT NULL,
	unit VARCHAR(64) NOT NULL,
	version BIGINT NOT NULL,
	kind VARCHAR(64) NOT NULL,
	data TEXT NOT NULL
)

CREATE TABLE plant.lineside_delivered (
	sink VARCHAR(64) NOT NULL,
	origin VARCHAR(32) NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (sink, origin, seq)
)

INSERT INTO plant.lineside_delivered (sink, origin, seq) VALUES (%(sink)s::VARCHAR, %(origin)s::VARCHAR, %(seq)s::BIGINT)

INSERT INTO plant."Gaming Events" (seq, "When", gateway, unit, version, kind, data) VALUES (%(seq)s::BIGINT, %(When)s::TIMESTAMP WITH TIME ZONE, %(gateway)s::VARCHAR, %(unit)s::VARCHAR, %(version)s::BIGINT, %(kind)s::VARCHAR, %(data)s::VARCHAR)

SELECT plant.lineside_delivered.seq
FROM plant.lineside_delivered
WHERE plant.lineside_delivered.sink = %(sink_1)s::VARCHAR AND plant.lineside_delivered.origin = %(origin_1)s::VARCHAR AND plant.lineside_delivered.seq IN (%(seq_1_1)s::BIGINT, %(seq_1_2)s::BIGINT)
