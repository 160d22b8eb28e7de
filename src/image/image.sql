-- Images, read and resized for networks.

CREATE FUNCTION mediaml.image_pixels(image bytea, width bigint, height bigint, channels bigint DEFAULT 3)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_image_pixels'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_pixels(bytea, bigint, bigint, bigint) IS
    'the pixels of a PNG or JPEG image, resized, row by row, a byte a channel';
