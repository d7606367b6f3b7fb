"""Many photos: predicted shard by shard into a folder of Parquet, on one machine or many, resumable at any point."""
